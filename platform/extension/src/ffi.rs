//! The C functions that the extension needs, of WebKit, JavaScriptCore, GLib and libc.
//!
//! Declared by hand because the extension is compiled alone, by one call of the compiler from the
//! build script of `oro_platform`: with no crate it builds in a second and depends on nothing
//! that the web process has not loaded already.
#![expect(non_camel_case_types, reason = "the names are those of the C headers")]

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::marker::{PhantomData, PhantomPinned};

macro_rules! opaque {
    ($($name:ident)*) => {$(
        #[doc = concat!("`", stringify!($name), "`, only ever seen behind a pointer.")]
        #[repr(C)]
        pub struct $name(u8, PhantomData<(*mut u8, PhantomPinned)>);
    )*};
}

opaque!(WebKitWebProcessExtension WebKitScriptWorld WebKitWebPage WebKitFrame GVariant);
opaque!(JSCContext JSCValue JSCWeakValue);

pub type gboolean = c_int;
pub type gsize = usize;
pub type GType = gsize;
pub type GCallback = Option<unsafe extern "C" fn()>;
pub type GDestroyNotify = Option<unsafe extern "C" fn(*mut c_void)>;
pub type GSourceFunc = Option<unsafe extern "C" fn(*mut c_void) -> gboolean>;
pub type GUnixFDSourceFunc = Option<unsafe extern "C" fn(c_int, c_uint, *mut c_void) -> gboolean>;

pub const G_SOURCE_REMOVE: gboolean = 0;
pub const G_SOURCE_CONTINUE: gboolean = 1;
pub const G_IO_IN: c_uint = 1;
pub const G_IO_OUT: c_uint = 4;
pub const G_IO_ERR: c_uint = 8;
pub const G_IO_HUP: c_uint = 16;
pub const G_PRIORITY_DEFAULT: c_int = 0;
pub const G_TYPE_NONE: GType = 1 << 2;
pub const G_TYPE_BOOLEAN: GType = 5 << 2;
pub const G_TYPE_DOUBLE: GType = 15 << 2;
pub const JSC_TYPED_ARRAY_UINT8: c_int = 5;

unsafe extern "C" {
    // GLib
    pub fn g_variant_get_string(value: *mut GVariant, length: *mut gsize) -> *const c_char;
    pub fn g_free(memory: *mut c_void);
    pub fn g_object_unref(object: *mut c_void);
    pub fn g_object_ref(object: *mut c_void) -> *mut c_void;
    pub fn g_signal_connect_data(
        instance: *mut c_void,
        signal: *const c_char,
        handler: GCallback,
        data: *mut c_void,
        destroy: GDestroyNotify,
        flags: c_uint,
    ) -> std::ffi::c_ulong;
    pub fn g_unix_fd_add_full(
        priority: c_int,
        fd: c_int,
        condition: c_uint,
        function: GUnixFDSourceFunc,
        data: *mut c_void,
        notify: GDestroyNotify,
    ) -> c_uint;
    pub fn g_idle_add_full(
        priority: c_int,
        function: GSourceFunc,
        data: *mut c_void,
        notify: GDestroyNotify,
    ) -> c_uint;
    pub fn g_timeout_add(interval_ms: c_uint, function: GSourceFunc, data: *mut c_void) -> c_uint;
    pub fn g_source_remove(id: c_uint) -> gboolean;

    // WebKit, in the web process
    pub fn webkit_script_world_get_default() -> *mut WebKitScriptWorld;
    pub fn webkit_web_page_get_id(page: *mut WebKitWebPage) -> u64;
    pub fn webkit_frame_is_main_frame(frame: *mut WebKitFrame) -> gboolean;
    pub fn webkit_frame_get_js_context_for_script_world(
        frame: *mut WebKitFrame,
        world: *mut WebKitScriptWorld,
    ) -> *mut JSCContext;

    // JavaScriptCore
    pub fn jsc_value_get_type() -> GType;
    pub fn jsc_value_get_context(value: *mut JSCValue) -> *mut JSCContext;
    pub fn jsc_context_evaluate(
        context: *mut JSCContext,
        code: *const c_char,
        length: isize,
    ) -> *mut JSCValue;
    pub fn jsc_context_set_value(
        context: *mut JSCContext,
        name: *const c_char,
        value: *mut JSCValue,
    );
    pub fn jsc_value_is_string(value: *mut JSCValue) -> gboolean;
    pub fn jsc_value_is_typed_array(value: *mut JSCValue) -> gboolean;
    pub fn jsc_value_is_function(value: *mut JSCValue) -> gboolean;
    pub fn jsc_value_to_string(value: *mut JSCValue) -> *mut c_char;
    pub fn jsc_value_new_null(context: *mut JSCContext) -> *mut JSCValue;
    pub fn jsc_value_new_object(
        context: *mut JSCContext,
        instance: *mut c_void,
        class: *mut c_void,
    ) -> *mut JSCValue;
    pub fn jsc_value_object_set_property(
        object: *mut JSCValue,
        name: *const c_char,
        value: *mut JSCValue,
    );
    pub fn jsc_value_new_typed_array(
        context: *mut JSCContext,
        kind: c_int,
        length: gsize,
    ) -> *mut JSCValue;
    pub fn jsc_value_typed_array_get_data(array: *mut JSCValue, length: *mut gsize) -> *mut c_void;
    pub fn jsc_value_typed_array_get_size(array: *mut JSCValue) -> gsize;
    pub fn jsc_value_new_array_from_garray(
        context: *mut JSCContext,
        array: *mut GPtrArray,
    ) -> *mut JSCValue;
    pub fn jsc_value_new_functionv(
        context: *mut JSCContext,
        name: *const c_char,
        callback: GCallback,
        data: *mut c_void,
        destroy: GDestroyNotify,
        return_type: GType,
        count: c_uint,
        types: *mut GType,
    ) -> *mut JSCValue;
    pub fn jsc_value_function_callv(
        function: *mut JSCValue,
        count: c_uint,
        parameters: *mut *mut JSCValue,
    ) -> *mut JSCValue;
    pub fn jsc_weak_value_new(value: *mut JSCValue) -> *mut JSCWeakValue;
    pub fn jsc_weak_value_get_value(weak: *mut JSCWeakValue) -> *mut JSCValue;

    // libc
    pub fn memfd_create(name: *const c_char, flags: c_uint) -> c_int;
    pub fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    pub fn mmap(
        address: *mut c_void,
        len: usize,
        access: c_int,
        flags: c_int,
        fd: c_int,
        offset: i64,
    ) -> *mut c_void;
    pub fn munmap(address: *mut c_void, len: usize) -> c_int;
    pub fn madvise(address: *mut c_void, len: usize, advice: c_int) -> c_int;
    pub fn pread(fd: c_int, buffer: *mut c_void, count: usize, offset: i64) -> isize;
    pub fn clock_gettime(clock: c_int, time: *mut timespec) -> c_int;
    pub fn ppoll(
        fds: *mut pollfd,
        count: std::ffi::c_ulong,
        timeout: *const timespec,
        mask: *const c_void,
    ) -> c_int;
    pub fn sendmsg(socket: c_int, message: *const msghdr, flags: c_int) -> isize;
    pub fn recvmsg(socket: c_int, message: *mut msghdr, flags: c_int) -> isize;
}

/// GLib's array of pointers: the fields that are public.
#[repr(C)]
pub struct GPtrArray {
    pub data: *mut *mut c_void,
    pub len: c_uint,
}

#[repr(C)]
pub struct pollfd {
    pub fd: c_int,
    pub events: i16,
    pub revents: i16,
}

/// As on 64-bit Linux.
#[repr(C)]
pub struct timespec {
    pub seconds: i64,
    pub nanoseconds: i64,
}

#[repr(C)]
pub struct iovec {
    pub base: *mut c_void,
    pub len: usize,
}

/// As glibc and musl have it on 64-bit Linux, with the padding that musl names.
#[repr(C)]
pub struct msghdr {
    pub name: *mut c_void,
    pub name_len: c_uint,
    pub iov: *mut iovec,
    pub iov_len: usize,
    pub control: *mut c_void,
    pub control_len: usize,
    pub flags: c_int,
}

pub const CLOCK_MONOTONIC: c_int = 1;
pub const MFD_CLOEXEC: c_uint = 1;
pub const MFD_ALLOW_SEALING: c_uint = 2;
pub const F_ADD_SEALS: c_int = 1033;
/// No more seals, no shrinking, no growing, no writing.
pub const SEALS: c_int = 1 | 2 | 4 | 8;
pub const SOL_SOCKET: c_int = 1;
pub const SCM_RIGHTS: c_int = 1;
pub const MSG_NOSIGNAL: c_int = 0x4000;
pub const MSG_DONTWAIT: c_int = 0x40;
pub const MSG_CMSG_CLOEXEC: c_int = 0x4000_0000;
pub const PROT_READ: c_int = 1;
pub const PROT_WRITE: c_int = 2;
pub const MAP_SHARED: c_int = 1;
pub const MADV_REMOVE: c_int = 9;
pub const ENOMEM: c_int = 12;
pub const ENFILE: c_int = 23;
pub const EMFILE: c_int = 24;
pub const ENOBUFS: c_int = 105;
pub const ETOOMANYREFS: c_int = 109;
pub const POLLIN: i16 = 1;
pub const POLLOUT: i16 = 4;
