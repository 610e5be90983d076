//! Whether something grows that is looked at now and then over a while.

use std::error::Error;

/// The share of the time in which things are made for the first time.
const WARM_UP: f64 = 0.25;

/// What must not grow: its name, its value, by how much it may at most, and by what share.
pub type Measure<S> = (&'static str, fn(&S) -> f64, f64, f64);

/// The value after `name` in `/proc/PID/status`, most often in KiB.
#[must_use]
pub fn status(pid: u32, name: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number = line.trim_start_matches(':').split_whitespace().next()?;
    number.parse().ok()
}

fn median<S>(samples: &[S], value: fn(&S) -> f64) -> f64 {
    let mut all: Vec<f64> = samples.iter().map(value).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Compares the first third after the warm-up with the last one, and prints it. Medians, because
/// at any moment some work is under way. `at` is when a sample was taken, of so many seconds.
///
/// # Errors
/// What grows, or that there are too few samples.
#[expect(clippy::print_stdout, reason = "for programs that report")]
pub fn judge<S>(
    samples: &[S],
    at: fn(&S) -> f64,
    measures: &[Measure<S>],
    seconds: u64,
) -> Result<(), Box<dyn Error>> {
    let begin = seconds as f64 * WARM_UP;
    let warm = samples.iter().position(|sample| at(sample) >= begin);
    let warm = &samples[warm.unwrap_or(samples.len())..];
    let third = warm.len() / 3;
    if third < 3 {
        return Err(format!("only {} samples after the warm-up", warm.len()).into());
    }
    let (first, last) = (&warm[..third], &warm[warm.len() - third..]);
    let mut grown = Vec::new();
    for (name, value, slack, share) in measures {
        let (before, after) = (median(first, *value), median(last, *value));
        let is_grown = after > before + slack + before * share;
        let verdict = if is_grown { "not ok" } else { "ok" };
        println!("{verdict} {name}: {before:.1} to {after:.1}");
        if is_grown {
            grown.push(*name);
        }
    }
    if grown.is_empty() {
        Ok(())
    } else {
        Err(format!("it grows: {}", grown.join(", ")).into())
    }
}
