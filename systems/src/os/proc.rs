//! What Linux tells in `/proc` and `/sys`.

use std::fs;
use std::io;

use oro_components::os::{Cpu, CpuTimes, OsError, ResourceUsage};

use crate::errno::SystemError;

/// Processor time is counted in these steps; the kernel's interface fixes them at 100 a second.
const TICK_MS: u64 = 10;

pub(super) fn unavailable(what: &'static str, error: &io::Error) -> OsError {
    let SystemError { code, reason, .. } = error.into();
    OsError::Unavailable { what, code, reason }
}

fn read(path: &'static str) -> Result<String, OsError> {
    fs::read_to_string(path).map_err(|error| unavailable(path, &error))
}

/// The file is there but does not say what it should.
fn garbled(path: &'static str) -> OsError {
    unavailable(path, &io::ErrorKind::InvalidData.into())
}

pub(super) fn cpus() -> Result<Vec<Cpu>, OsError> {
    Ok(parse_cpus(&read("/proc/stat")?, &read("/proc/cpuinfo")?))
}

fn parse_cpus(stat: &str, info: &str) -> Vec<Cpu> {
    let value = |name: &'static str| {
        info.lines().filter_map(move |line| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == name).then(|| value.trim())
        })
    };
    let mut models = value("model name");
    let mut speeds = value("cpu MHz").map(|text| text.parse::<f64>().unwrap_or_default());
    let cores = stat.lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("cpu")?.split_once(' ')?;
        name.parse::<u32>().ok()?; // the line without a number is the sum
        Some(rest)
    });
    cores
        .map(|line| {
            let mut ms = line
                .split_whitespace()
                .map(|ticks| ticks.parse::<u64>().unwrap_or_default() * TICK_MS);
            let mut next = || ms.next().unwrap_or_default();
            let (user, nice, sys, idle, _io_wait, irq) =
                (next(), next(), next(), next(), next(), next());
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a clock rate is small and positive"
            )]
            let speed = speeds.next().unwrap_or_default() as u64;
            Cpu {
                model: models.next().unwrap_or("unknown").to_owned(),
                speed,
                times: CpuTimes {
                    user,
                    nice,
                    sys,
                    idle,
                    irq,
                },
            }
        })
        .collect()
}

pub(super) fn rusage() -> Result<ResourceUsage, OsError> {
    let status = read("/proc/self/status")?;
    let ru_maxrss = kib(&status, "VmHWM").ok_or_else(|| garbled("/proc/self/status"))?;
    let rss = kib(&status, "VmRSS").ok_or_else(|| garbled("/proc/self/status"))? * 1024;
    let stat = read("/proc/self/stat")?;
    // The program's name may hold anything, brackets too, but nothing after it does.
    let mut fields = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .skip(11)
        .map(|ticks| ticks.parse::<u64>().unwrap_or_default() * TICK_MS * 1000);
    Ok(ResourceUsage {
        ru_maxrss,
        rss,
        ru_utime: fields.next().unwrap_or_default(),
        ru_stime: fields.next().unwrap_or_default(),
    })
}

/// A line of the form `name: 123 kB`.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

pub(super) fn uptime_ms() -> Result<f64, OsError> {
    let text = read("/proc/uptime")?;
    let seconds = text
        .split(' ')
        .next()
        .and_then(|text| text.parse::<f64>().ok());
    seconds
        .map(|s| s * 1e3)
        .ok_or_else(|| garbled("/proc/uptime"))
}

pub(super) fn loadavg() -> Result<[f64; 3], OsError> {
    let text = read("/proc/loadavg")?;
    let mut means = text.split(' ').map_while(|text| text.parse().ok());
    let mut next = || means.next().ok_or_else(|| garbled("/proc/loadavg"));
    Ok([next()?, next()?, next()?])
}

pub(super) fn memory_total() -> Result<u64, OsError> {
    let info = read("/proc/meminfo")?;
    let total = kib(&info, "MemTotal").ok_or_else(|| garbled("/proc/meminfo"))?;
    Ok(total * 1024)
}

/// What can be taken without swapping, within the limit of our control group.
pub(super) fn memory_available() -> Result<u64, OsError> {
    let info = read("/proc/meminfo")?;
    let available = kib(&info, "MemAvailable").ok_or_else(|| garbled("/proc/meminfo"))? * 1024;
    let number = |path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    // Without a limit the file says "max", or there is none.
    let limit = number("/sys/fs/cgroup/memory.max");
    let used = number("/sys/fs/cgroup/memory.current");
    Ok(match (limit, used) {
        (Some(limit), Some(used)) => available.min(limit.saturating_sub(used)),
        _ => available,
    })
}

/// What the system tells of a network interface.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Interface {
    pub index: u32,
    pub up: bool,
    pub loopback: bool,
}

pub(super) fn interface(name: &str) -> Interface {
    const UP: u32 = 0x1;
    const LOOPBACK: u32 = 0x8;
    if name.contains('/') || name.starts_with('.') {
        return Interface::default(); // no interface is called so
    }
    let value = |file: &str| fs::read_to_string(format!("/sys/class/net/{name}/{file}")).ok();
    let flags = value("flags").and_then(|text| {
        let hex = text.trim().strip_prefix("0x")?;
        u32::from_str_radix(hex, 16).ok()
    });
    let index = value("ifindex").and_then(|text| text.trim().parse().ok());
    Interface {
        index: index.unwrap_or_default(),
        // Where it is not told, it is listed, and that is all that is known.
        up: flags.is_none_or(|flags| flags & UP != 0),
        loopback: flags.is_some_and(|flags| flags & LOOPBACK != 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_read_whatever_is_told_of_their_model() {
        let stat = "cpu  9 9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7\ncpu12 10 0 0 0\nintr 5\n";
        let info = "processor\t: 0\nmodel name\t: A: fast\ncpu MHz\t\t: 2400.5\n\nprocessor: 12\n";
        let cpus = parse_cpus(stat, info);
        let told: Vec<_> = cpus
            .iter()
            .map(|cpu| {
                let CpuTimes {
                    user,
                    nice,
                    sys,
                    idle,
                    irq,
                } = cpu.times;
                (cpu.model.as_str(), cpu.speed, [user, nice, sys, idle, irq])
            })
            .collect();
        let want = [
            ("A: fast", 2400, [10, 20, 30, 40, 60]),
            ("unknown", 0, [100, 0, 0, 0, 0]),
        ];
        assert_eq!(told, want);
        assert_eq!(parse_cpus("", "").len(), 0);
    }
}
