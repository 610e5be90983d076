//! What a window costs: the time from the start of the process to the page's first script, the
//! memory of all its processes, and the processor time of our own while nothing happens; beside a
//! bare window on wry with the same page, in turns.
//!
//! `cargo xtask bench start` builds both programs and opens a virtual display. Ratios of one run
//! are compared, because the figures themselves are the machine's; they fail above their limits.
#![expect(clippy::print_stdout, reason = "a benchmark reports")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Counted rounds; one more goes before them, for caches.
const ROUNDS: usize = 7;
/// How long after its first script a program's memory is read.
const SETTLE: Duration = Duration::from_secs(2);
/// How long our processor time is counted while nothing happens, once for each variant.
const IDLE: Duration = Duration::from_secs(10);
/// Most processor time of our own process in that time.
const IDLE_MAX_MS: f64 = 10.0;

/// One of the programs that are compared.
struct Variant {
    name: &'static str,
    /// Arguments of `oroc`; none is the bare window.
    oroc: Option<&'static [&'static str]>,
    /// The value of WebKit's switches; without one the program decides.
    switches: Option<&'static str>,
    /// Largest ratios of start and memory to the bare window.
    max: Option<(f64, f64)>,
}

const VARIANTS: [Variant; 5] = [
    Variant {
        name: "bare wry window",
        oroc: None,
        switches: None,
        max: None,
    },
    Variant {
        name: "bare, accelerated compositing off",
        oroc: None,
        switches: Some("1"),
        max: None,
    },
    Variant {
        name: "oroc, accelerated compositing on",
        oroc: Some(&[]),
        switches: Some("0"),
        max: Some((1.15, 1.10)),
    },
    Variant {
        name: "oroc",
        oroc: Some(&[]),
        switches: None,
        // Where there is a graphics card, it renders as the bare window does.
        max: None,
    },
    Variant {
        name: "oroc --headless",
        oroc: Some(&["--headless"]),
        switches: None,
        max: Some((1.0, 1.0)),
    },
];

/// WebKit's switches against accelerated compositing.
const SWITCHES: [&str; 2] = [
    "WEBKIT_DISABLE_COMPOSITING_MODE",
    "WEBKIT_DISABLE_DMABUF_RENDERER",
];

/// What one run of a program cost.
struct Sample {
    start_ms: f64,
    /// Processor time of all its processes until its first script was heard of.
    cpu_ms: f64,
    /// Proportional set size of all its processes, and of its own alone.
    pss_mib: f64,
    own_pss_mib: f64,
    parts: BTreeMap<String, f64>,
    idle_ms: Option<f64>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let filters: Vec<String> = std::env::args().skip(1).collect();
    let mut filters = filters.iter().filter(|word| !word.starts_with('-'));
    if filters.clone().next().is_some() && !filters.any(|word| "start".contains(word.as_str())) {
        return Ok(ExitCode::SUCCESS);
    }
    if !cfg!(target_os = "linux") {
        println!("start: it reads /proc, which only Linux has");
        return Ok(ExitCode::SUCCESS);
    }
    let home = std::env::temp_dir().join(format!("oro-bench-start-{}", std::process::id()));
    fs::create_dir_all(&home)?;
    let result = compare(&home);
    fs::remove_dir_all(&home)?;
    result
}

fn compare(home: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let programs = Programs::find()?;
    let mut samples: BTreeMap<usize, Vec<Sample>> = BTreeMap::new();
    for round in 0..=ROUNDS {
        for offset in 0..VARIANTS.len() {
            // Each goes first as often as the others.
            let at = (round + offset) % VARIANTS.len();
            let sample = programs.run(&VARIANTS[at], home, round == 1)?;
            if round > 0 {
                samples.entry(at).or_default().push(sample);
            }
        }
    }
    let median = |at: usize, of: fn(&Sample) -> f64| {
        let mut all: Vec<f64> = samples[&at].iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    println!(
        "{ROUNDS} rounds, medians       start ms  ratio   cpu ms   PSS MiB  ratio  own PSS  idle CPU ms in 10 s"
    );
    let mut within = true;
    for (at, variant) in VARIANTS.iter().enumerate() {
        let start = median(at, |sample| sample.start_ms);
        let pss = median(at, |sample| sample.pss_mib);
        let own = median(at, |sample| sample.own_pss_mib);
        let cpu = median(at, |sample| sample.cpu_ms);
        let start_ratio = start / median(0, |sample| sample.start_ms);
        let pss_ratio = pss / median(0, |sample| sample.pss_mib);
        let idle = samples[&at].iter().find_map(|sample| sample.idle_ms);
        println!(
            "{:34}{start:8.0}  {start_ratio:.3}  {cpu:7.0}  {pss:8.1}  {pss_ratio:.3}  {own:7.1}  {:.2}",
            variant.name,
            idle.unwrap_or_default()
        );
        if variant.oroc.is_some() && idle.is_some_and(|idle| idle > IDLE_MAX_MS) {
            println!("  ABOVE its limit, {IDLE_MAX_MS} ms");
            within = false;
        }
        let software = variant.oroc.is_some() && variant.switches.is_none() && !has_card();
        let max = variant.max.or(software.then_some((1.0, 1.0)));
        if let Some((start_max, pss_max)) = max
            && (start_ratio > start_max || pss_ratio > pss_max)
        {
            println!("  ABOVE its limits {start_max} and {pss_max}");
            within = false;
        }
    }
    println!("\nPSS MiB of each process, last round");
    for (at, variant) in VARIANTS.iter().enumerate() {
        if let Some(sample) = samples[&at].last() {
            println!("{:34}{:.1?}", variant.name, sample.parts);
        }
    }
    Ok(if within {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Whether there is a graphics card to render with.
fn has_card() -> bool {
    (128..144).any(|n| Path::new(&format!("/dev/dri/renderD{n}")).exists())
}

/// The programs that are compared.
struct Programs {
    oroc: PathBuf,
    bare: PathBuf,
    app: PathBuf,
}

impl Programs {
    /// Finds them beside this one.
    fn find() -> Result<Self, Box<dyn Error>> {
        let own = std::env::current_exe()?;
        // target/release/deps/start-0123
        let folder = own.ancestors().nth(2).ok_or("no target folder")?;
        let programs = Self {
            oroc: folder.join("oroc"),
            bare: folder.join("examples/bare"),
            app: Path::new(env!("CARGO_MANIFEST_DIR")).join("start"),
        };
        for program in [&programs.oroc, &programs.bare] {
            if !program.is_file() {
                let missing = format!("no {}: use `cargo xtask bench start`", program.display());
                return Err(missing.into());
            }
        }
        Ok(programs)
    }

    fn run(&self, variant: &Variant, home: &Path, idle: bool) -> Result<Sample, Box<dyn Error>> {
        let mut command = match variant.oroc {
            Some(words) => {
                let mut oroc = Command::new(&self.oroc);
                oroc.arg("run").args(words).arg(&self.app);
                oroc
            }
            None => {
                let mut bare = Command::new(&self.bare);
                bare.arg(self.app.join("index.html"));
                bare
            }
        };
        command
            .env("HOME", home)
            .env("XDG_DATA_HOME", home)
            .env("XDG_CACHE_HOME", home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        for switch in SWITCHES {
            match variant.switches {
                Some(value) => command.env(switch, value),
                None => command.env_remove(switch),
            };
        }
        let started = now_ms()?;
        let mut child = Ended(command.spawn()?);
        let out = child.0.stdout.take().ok_or("no output")?;
        let mut lines = BufReader::new(out).lines();
        let at: f64 = loop {
            let line = lines
                .next()
                .ok_or_else(|| format!("{} ends", variant.name))??;
            if let Ok(at) = line.trim().parse() {
                break at;
            }
        };
        let own = child.0.id();
        let cpu_ms = family(own)?.into_iter().map(cpu_ms).sum();
        std::thread::sleep(SETTLE);
        let mut parts = BTreeMap::new();
        for pid in family(own)? {
            let name = fs::read_to_string(format!("/proc/{pid}/comm"))?;
            *parts.entry(name.trim().to_owned()).or_default() += pss_mib(pid)?;
        }
        let idle_ms = if idle {
            let before = cpu_ms_of(own)?;
            std::thread::sleep(IDLE);
            Some(cpu_ms_of(own)? - before)
        } else {
            None
        };
        Ok(Sample {
            start_ms: at - started,
            cpu_ms,
            pss_mib: parts.values().sum(),
            own_pss_mib: pss_mib(own)?,
            parts,
            idle_ms,
        })
    }
}

/// A program that is ended, and waited for, when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let family = family(self.0.id()).unwrap_or_default();
        let term = Command::new("kill").arg(self.0.id().to_string()).status();
        if term.is_err() {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
        // The next one starts when nothing of this one runs any more.
        let runs = |pid: &u32| Path::new(&format!("/proc/{pid}")).exists();
        for _ in 0..200 {
            if !family.iter().any(runs) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn now_ms() -> Result<f64, Box<dyn Error>> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1e3)
}

/// A process and all that descend from it.
fn family(root: u32) -> Result<BTreeSet<u32>, Box<dyn Error>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
        if let Some(Ok(parent)) = after.split_whitespace().nth(1).map(str::parse::<u32>) {
            parents.push((pid, parent));
        }
    }
    let mut family = BTreeSet::from([root]);
    loop {
        let known = family.len();
        let of = |(pid, parent): &(u32, u32)| family.contains(parent).then_some(*pid);
        let children: Vec<u32> = parents.iter().filter_map(of).collect();
        family.extend(children);
        if family.len() == known {
            return Ok(family);
        }
    }
}

fn pss_mib(pid: u32) -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kib.ok_or("no Pss")? / 1024.0)
}

fn cpu_ms(pid: u32) -> f64 {
    cpu_ms_of(pid).unwrap_or_default()
}

/// Processor time of all threads of a process.
fn cpu_ms_of(pid: u32) -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        let running = text.split_whitespace().next().ok_or("no schedstat")?;
        nanoseconds += running.parse::<u64>()?;
    }
    Ok(nanoseconds as f64 / 1e6)
}
