//! Types of content.

use crate::harness::check_cases;

#[test]
fn cases() {
    check_cases("mime");
}
