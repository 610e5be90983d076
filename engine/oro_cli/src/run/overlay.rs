//! A page that exists only while it runs, over the files of the application.

use oro::components::resource::{
    ReadResource, ResourceBody, ResourceRequest, ResourceResponse, Resources,
};
use serde_json::json;

/// Where the page is.
pub const PATH: &str = "/__oroc__.html";

/// Serves one page of ours; everything else comes from below.
pub struct Overlay {
    /// The page.
    pub page: String,
    /// The application's own files.
    pub below: Option<Resources>,
}

impl ReadResource for Overlay {
    fn read(&self, request: &ResourceRequest) -> ResourceResponse {
        let not_found = || ResourceResponse {
            status: 404,
            headers: Vec::new(),
            body: ResourceBody::empty(),
        };
        if request.path != PATH {
            let below = self.below.as_ref();
            return below.map_or_else(not_found, |below| below.0.read(request));
        }
        let body = if request.head {
            String::new()
        } else {
            self.page.clone()
        };
        ResourceResponse {
            status: 200,
            headers: vec![
                ("content-type", "text/html; charset=utf-8".to_owned()),
                ("content-length", self.page.len().to_string()),
                ("cache-control", "no-store".to_owned()),
            ],
            body: ResourceBody::Bytes(body.into_bytes().into()),
        }
    }
}

/// A page that imports a script.
pub fn script_page(path: &str) -> String {
    page(path, &format!("import {};", literal(path)))
}

/// A page that runs a test file and ends the application with its result.
pub fn test_page(path: &str) -> String {
    page(
        path,
        &format!(
            "import {{ run }} from 'oro:test';\nawait run({});",
            literal(path)
        ),
    )
}

fn page(title: &str, script: &str) -> String {
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<body></body>\n\
         <script type=\"module\">\n{script}\n</script>\n"
    )
}

/// A string of JavaScript. Addresses are percent-encoded, so it cannot end the script element.
fn literal(path: &str) -> String {
    json!(path).to_string()
}
