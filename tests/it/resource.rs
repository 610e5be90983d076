//! Resources and modules, as a real WebView loads them.

use std::fs;
use std::path::Path;

use crate::harness::page::{check_in, pages};
use tempfile::TempDir;

#[test]
fn pages_load_files_and_modules() {
    let dir = TempDir::new().unwrap();
    copy(&pages(), dir.path());
    fs::write(dir.path().join("resources/big.bin"), vec![7; 3 << 20]).unwrap();
    let policy = "script-src 'self' 'unsafe-inline' oro: node: blob:";
    check_in(
        dir.path(),
        "/resources/index.html",
        &["--headless"],
        &[("ORO_WEBVIEW_CSP", policy)],
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
