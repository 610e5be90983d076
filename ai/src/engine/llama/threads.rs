//! Which threads compute a step.
//!
//! A context is made for a number of threads, and neither the crate nor a step can say another one.
//! But ggml takes as many as OpenMP gives it.

/// Whether [`compute_alone`] can do something here.
pub(crate) const CAN_COMPUTE_ALONE: bool = cfg!(all(target_os = "linux", target_env = "gnu"));

/// Makes what this thread computes from now on be computed by it alone, or by as many threads as
/// its contexts were made for. Where OpenMP keeps that for the whole process, the last call counts.
pub(super) fn compute_alone(alone: bool) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    openmp::omp_set_max_active_levels(i32::from(!alone));
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = alone;
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod openmp {
    #[expect(
        unsafe_code,
        reason = "a function of OpenMP, with which llama.cpp is built"
    )]
    unsafe extern "C" {
        /// How many parallel regions inside of each other may have more than one thread.
        pub(super) safe fn omp_set_max_active_levels(levels: i32);
    }
}
