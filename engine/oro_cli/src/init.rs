//! `oroc init`: a new application folder.

use std::fs::{OpenOptions, create_dir_all};
use std::io::Write as _;
use std::path::{Path, absolute};
use std::process::ExitCode;

use crate::report::{Failure, Outcome, print};

const FILES: [(&str, &str); 2] = [
    ("oro.toml", include_str!("../template/oro.toml")),
    ("index.html", include_str!("../template/index.html")),
];

/// Makes the folder. Nothing that exists is touched.
pub fn run(dir: &Path) -> Outcome {
    let full = absolute(dir).map_err(|error| refuse(dir, &error))?;
    let title = full
        .file_name()
        .map_or("Oro".into(), |name| name.to_string_lossy());
    let taken: Vec<&str> = FILES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| dir.join(name).exists())
        .collect();
    if !taken.is_empty() {
        let names = taken.join(" and ");
        return Err(Failure::usage(format!(
            "`{}` has {names} already",
            dir.display()
        )));
    }
    create_dir_all(dir).map_err(|error| refuse(dir, &error))?;
    for (name, template) in FILES {
        let text = template.replace("{{title}}", &title.replace(['"', '\\', '<', '&'], ""));
        let text = text.replace("{{name}}", &name_part(&title));
        let path = dir.join(name);
        // `create_new`: another process may have made the file since.
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| refuse(&path, &error))?;
    }
    let target = if dir == Path::new(".") {
        String::new()
    } else {
        format!(" {}", dir.display())
    };
    print(format!(
        "made `{}`; run it with: oroc run{target}\n",
        full.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn refuse(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot make `{}`: {error}", path.display()))
}

/// The folder's name as the last part of a bundle identifier.
fn name_part(title: &str) -> String {
    let mut out = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let out = out.trim_matches('-');
    match out.chars().next() {
        None => "app".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("app-{out}"),
        Some(_) => out.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::name_part;

    #[test]
    fn folder_names_become_parts_of_identifiers() {
        for (title, want) in [
            ("notes", "notes"),
            ("My App", "my-app"),
            ("  --x__y--", "x-y"),
            ("2048", "app-2048"),
            ("日本", "app"),
            ("", "app"),
        ] {
            assert_eq!(name_part(title), want, "{title:?}");
        }
    }
}
