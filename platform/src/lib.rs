//! Filled by its service modules.
