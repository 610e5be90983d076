//! `oroc config`: the settings of an application, and what each one means.

use std::path::Path;
use std::process::ExitCode;

use oro::engine::config::{Config, Listed, Origin, Severity};
use serde_json::Value;

use crate::args::ConfigArgs;
use crate::report::{Failure, Outcome, complain, print};

/// Loads the configuration of an application folder; says on stderr what is wrong with it, one
/// finding a line, as `file:line:column: …`.
///
/// # Errors
/// If the folder is not one, or the configuration is refused.
pub fn load(dir: &Path, settings: &[(&str, &str)]) -> Result<Config, Failure> {
    if !dir.is_dir() {
        let why = if dir.exists() {
            "is not a folder"
        } else {
            "does not exist"
        };
        return Err(Failure::usage(format!("`{}` {why}", dir.display())));
    }
    let builder = Config::builder()
        .app_dir(dir)
        .env(std::env::vars_os())
        .overrides(settings.iter().copied());
    match builder.load() {
        Ok(loaded) => {
            loaded.warnings.iter().for_each(complain);
            Ok(loaded.config)
        }
        Err(error) => {
            error.diagnostics.iter().for_each(complain);
            let count = error
                .diagnostics
                .iter()
                .filter(|d| d.severity == Severity::Error)
                .count();
            let noun = if count == 1 { "error" } else { "errors" };
            Err(Failure::failed(format!(
                "the configuration has {count} {noun}"
            )))
        }
    }
}

/// Prints the settings.
pub fn run(args: &ConfigArgs) -> Outcome {
    let config = load(&args.dir, &[])?;
    let rows: Vec<Listed> = match &args.describe {
        Some(key) => vec![describe(&config, key)?],
        None => config
            .iter()
            .filter(|row| args.list || row.origin != Origin::Default)
            .collect(),
    };
    let text = if args.json {
        serde_json::to_string_pretty(&rows).map_err(Failure::failed)? + "\n"
    } else if args.describe.is_some() {
        rows.iter().map(page).collect()
    } else {
        rows.iter()
            .map(|row| format!("{} = {}  # {}\n", row.key, show(&row.value), row.origin))
            .collect()
    };
    print(text)?;
    Ok(ExitCode::SUCCESS)
}

fn describe(config: &Config, key: &str) -> Result<Listed, Failure> {
    // Keys are known by their flattened form, but people copy them from tables too.
    let flat = key.replace(['.', '-'], "_").to_ascii_lowercase();
    config.describe(&flat).ok_or_else(|| {
        let hint = Config::nearest_key(&flat).map(|near| format!("; did you mean `{near}`?"));
        Failure::usage(format!(
            "there is no key `{key}`{}",
            hint.unwrap_or_default()
        ))
    })
}

fn page(row: &Listed) -> String {
    format!(
        "{}\n\n  {}\n\n  type     {}\n  default  {}\n  value    {}  ({})\n",
        row.key,
        row.doc,
        row.type_name,
        show(&row.default),
        show(&row.value),
        row.origin,
    )
}

fn show(value: &Value) -> String {
    if value.is_null() {
        "(unset)".to_owned()
    } else {
        value.to_string()
    }
}
