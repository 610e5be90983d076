//! The part of llama.cpp that computes, for the processor that it runs on.
//!
//! The program is built for the least processor that it runs on. Others compute several times as
//! fast with instructions of their own, so their kernels are in the program as well, and the best
//! ones are taken when it starts: [`select`].

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};

/// Kernels for one kind of processor.
struct Kernels {
    name: &'static str,
    /// What the processor must have, as `/proc/cpuinfo` calls it.
    needs: &'static [&'static [&'static str]],
    #[cfg(has_kernels)]
    backend: unsafe extern "C" fn() -> llama_cpp_sys_2::ggml_backend_reg_t,
}

/// The variable of the environment that names the kernels; unset, the best ones are taken.
pub const VARIABLE: &str = "ORO_AI_KERNELS";

/// The kernels that the program is built with anyway.
const LEAST: &str = "least";

#[cfg(has_kernels)]
#[expect(unsafe_code, reason = "functions that build.rs has compiled")]
mod compiled {
    unsafe extern "C" {
        pub(super) fn oro_kernels_amx() -> llama_cpp_sys_2::ggml_backend_reg_t;
        pub(super) fn oro_kernels_avx512() -> llama_cpp_sys_2::ggml_backend_reg_t;
    }
}

#[cfg(has_kernels)]
const AVX512: &[&str] = &[
    "avx512f",
    "avx512cd",
    "avx512vl",
    "avx512dq",
    "avx512bw",
    "avx512vbmi",
    "avx512_vnni",
];

/// All of them, the best first.
#[cfg(has_kernels)]
const ALL: &[Kernels] = &[
    Kernels {
        name: "amx",
        needs: &[AVX512, &["avx512_bf16", "amx_tile", "amx_int8"]],
        backend: compiled::oro_kernels_amx,
    },
    Kernels {
        name: "avx512",
        needs: &[AVX512],
        backend: compiled::oro_kernels_avx512,
    },
];
#[cfg(not(has_kernels))]
const ALL: &[Kernels] = &[];

/// Kernels that were asked for and cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// What was asked for.
    pub name: String,
    /// What the processor does not have; none if there are no kernels of that name.
    pub lacks: Vec<&'static str>,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, lacks } = self;
        if lacks.is_empty() {
            let names = ALL.iter().map(|kernels| kernels.name);
            let names: Vec<_> = names.chain([LEAST]).collect();
            write!(
                f,
                "no kernels are called '{name}', only {}",
                names.join(", ")
            )
        } else {
            let lacks = lacks.join(", ");
            write!(f, "kernels '{name}': the processor has no {lacks}")
        }
    }
}

impl std::error::Error for Unavailable {}

/// Makes llama.cpp compute by the best kernels for this processor, or by those that
/// [`VARIABLE`] names: `amx`, `avx512` or `least`. Returns their name. To be called before
/// anything else of llama.cpp.
///
/// # Errors
/// If the processor cannot run the kernels that are asked for, or none have that name.
pub fn select() -> Result<&'static str, Unavailable> {
    let wish = std::env::var_os(VARIABLE).map(|wish| wish.to_string_lossy().into_owned());
    let info = File::open("/proc/cpuinfo").ok();
    // Where Linux does not tell, nothing is known of the processor.
    let flags = info.and_then(|info| flags(BufReader::new(info)));
    let flags: Vec<_> = flags.iter().flat_map(|it| it.split_whitespace()).collect();
    let chosen = choose(&flags, wish.as_deref())?;
    if let Some(kernels) = chosen {
        kernels.install();
    }
    Ok(chosen.map_or(LEAST, |kernels| kernels.name))
}

/// What the first processor has; the others are not read.
fn flags(info: impl BufRead) -> Option<String> {
    let mut lines = info.lines().map_while(Result::ok);
    let line = lines.find(|line| line.starts_with("flags"))?;
    line.split_once(':').map(|(_, flags)| flags.to_owned())
}

/// The kernels to take; `None` for those that are there anyway.
fn choose(flags: &[&str], wish: Option<&str>) -> Result<Option<&'static Kernels>, Unavailable> {
    let lacks = |kernels: &Kernels| -> Vec<&'static str> {
        let needs = kernels.needs.iter().copied().flatten().copied();
        needs.filter(|flag| !flags.contains(flag)).collect()
    };
    let Some(name) = wish else {
        return Ok(ALL.iter().find(|kernels| lacks(kernels).is_empty()));
    };
    if name == LEAST {
        return Ok(None);
    }
    let kernels = ALL.iter().find(|kernels| kernels.name == name);
    let lacks = kernels.map_or_else(Vec::new, lacks);
    match kernels {
        Some(kernels) if lacks.is_empty() => Ok(Some(kernels)),
        _ => Err(Unavailable {
            name: name.to_owned(),
            lacks,
        }),
    }
}

impl Kernels {
    #[cfg(has_kernels)]
    #[expect(unsafe_code, reason = "the crate has no call for backends")]
    fn install(&self) {
        use llama_cpp_sys_2::{
            ggml_backend_reg_by_name, ggml_backend_register, ggml_backend_unload,
        };
        // SAFETY: llama.cpp has not begun, so nothing uses the backend that goes, and no other
        // thread its list of backends. Both backends are static. The processor has what the new
        // one needs.
        unsafe {
            let least = ggml_backend_reg_by_name(c"CPU".as_ptr());
            if !least.is_null() {
                ggml_backend_unload(least);
            }
            ggml_backend_register((self.backend)());
        }
    }

    #[cfg(not(has_kernels))]
    fn install(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_gets_the_best_kernels_that_it_can_run() {
        let has = |flags: &str, wish| {
            let info = format!("processor\t: 0\nflags\t\t: fpu sse2 {flags}\nbugs\t\t: none\n");
            let flags = super::flags(info.as_bytes()).unwrap();
            let flags: Vec<_> = flags.split_whitespace().collect();
            let chosen = choose(&flags, wish);
            chosen.map(|kernels| kernels.map_or(LEAST, |kernels| kernels.name))
        };
        let avx512 = "avx2 avx512f avx512cd avx512vl avx512dq avx512bw avx512vbmi avx512_vnni";
        let amx = format!("{avx512} avx512_bf16 amx_tile amx_int8");
        assert_eq!(has("avx2", None), Ok("least"));
        assert_eq!(has("", Some("least")), Ok("least"));
        if ALL.is_empty() {
            return;
        }
        assert_eq!(has(avx512, None), Ok("avx512"));
        assert_eq!(has(&amx, None), Ok("amx"));
        assert_eq!(has(&amx, Some("avx512")), Ok("avx512"));
        assert_eq!(has(&amx, Some("least")), Ok("least"));
        let refused = |flags, wish| has(flags, Some(wish)).unwrap_err().to_string();
        let message = "kernels 'amx': the processor has no avx512_bf16, amx_tile, amx_int8";
        assert_eq!(refused(avx512, "amx"), message);
        let message = "no kernels are called 'neon', only amx, avx512, least";
        assert_eq!(refused(avx512, "neon"), message);
    }
}
