//! What the compiler calls to move bytes, by the runtime, which charges ten units for what a loop
//! would take hundreds for, and in a fraction of the code; and what it calls to give up.

use anchor_lang::pinocchio::syscalls::{abort, sol_memcpy_, sol_memmove_, sol_memset_};

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { sol_memcpy_(to, from, len as u64) };
    to
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { sol_memmove_(to, from, len as u64) };
    to
}

/// # Safety
/// As C's.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { sol_memset_(to, byte as u8, len as u64) };
    to
}

/// Ends the program. Here and not in each place that can end it: what is called of the runtime takes
/// three times as many bytes as what is called of the program.
#[unsafe(no_mangle)]
unsafe extern "C" fn __bpf_trap() -> ! {
    // SAFETY: it takes nothing.
    unsafe { abort() }
}
