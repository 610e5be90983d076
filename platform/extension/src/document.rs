//! One document of the application: its connection to the runtime and its JavaScript binding.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::io;
use std::ptr::{null, null_mut};
use std::rc::Rc;

use crate::SETTINGS;
use crate::ffi::{self, GType, JSCContext, JSCValue};
use crate::frame::{self, BODIES_TAKEN, FLAG_ATTACHED, FLAG_SHARED, Hello, Kind};
use crate::shared::Shared;
use crate::socket::{self, Socket};

/// Bytes that may wait for the runtime before the page is told to slow down.
const QUEUED_MAX: usize = 64 << 20;
/// Bytes handed to the page in one call.
const BATCH_MAX: usize = 4 << 20;
/// The largest attached body: what a typed array and our address space can hold.
const ATTACHED_MAX: u64 = 4 << 30;
/// How long the page waits for an answer before it turns to its loop.
const LINGER_MAX_US: i64 = 60;
/// How long it does so in one turn of the loop, in all.
const LINGER_TURN_MAX_US: i64 = 1000;
/// How long the memory of bodies is kept for the next ones.
const TRIM_MS: c_uint = 3000;
/// How soon it is tried again what the system has no descriptor or memory for.
const RETRY_MS: c_uint = 10;

struct Document {
    socket: RefCell<Option<Socket>>,
    /// The page's listener, held weakly: holding it would keep the whole document alive.
    listener: Cell<*mut ffi::JSCWeakValue>,
    /// Arrays that bodies are to be read into, by the number of the call.
    targets: RefCell<HashMap<u32, Value>>,
    readable: Cell<c_uint>,
    writable: Cell<c_uint>,
    /// Set while the system lacks what sending needs.
    retry: Cell<c_uint>,
    /// The page was told to slow down, and wants to know when it may go on.
    refused: Cell<bool>,
    /// Microseconds that were spent with waiting for quick answers in this turn of the loop.
    lingered: Cell<i64>,
    /// Set until the next turn of the loop.
    turn: Cell<c_uint>,
    /// Set while memory of bodies waits to be given back.
    trim: Cell<c_uint>,
    /// What attached bodies count for that came since the runtime was last told.
    taken: Cell<u64>,
}

/// The connection cannot go on.
struct Lost;

impl From<frame::Broken> for Lost {
    fn from(_: frame::Broken) -> Self {
        Self
    }
}

/// A reference to a JavaScript value.
struct Value(*mut JSCValue);

impl Value {
    /// Takes over a reference that a C function returned.
    fn own(value: *mut JSCValue) -> Option<Self> {
        if value.is_null() {
            None
        } else {
            Some(Self(value))
        }
    }

    /// Takes a reference of our own to a value that is only lent.
    unsafe fn borrow(value: *mut JSCValue) -> Self {
        // SAFETY: the caller passes a live object.
        Self(unsafe { ffi::g_object_ref(value.cast()) }.cast())
    }

    /// The bytes of a `Uint8Array`. They stay where they are while no script runs.
    fn bytes(&mut self) -> Option<&mut [u8]> {
        // SAFETY: the value is live; the pointer is checked, and its length is JavaScriptCore's.
        unsafe {
            if ffi::jsc_value_is_typed_array(self.0) == 0 {
                return None;
            }
            let data = ffi::jsc_value_typed_array_get_data(self.0, null_mut()).cast::<u8>();
            let len = ffi::jsc_value_typed_array_get_size(self.0);
            if data.is_null() {
                return (len == 0).then_some(&mut []);
            }
            Some(std::slice::from_raw_parts_mut(data, len))
        }
    }

    /// How many bytes a `Uint8Array` has.
    fn len(&self) -> usize {
        // SAFETY: the value is live; anything but a typed array is told apart first.
        unsafe {
            if ffi::jsc_value_is_typed_array(self.0) == 0 {
                return 0;
            }
            ffi::jsc_value_typed_array_get_size(self.0)
        }
    }

    fn array(context: *mut JSCContext, len: usize) -> Option<Self> {
        // SAFETY: `context` is a live context of the calling document.
        let array =
            unsafe { ffi::jsc_value_new_typed_array(context, ffi::JSC_TYPED_ARRAY_UINT8, len) };
        Self::own(array).filter(|array| array.len() == len)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and this is its end.
        unsafe { ffi::g_object_unref(self.0.cast()) };
    }
}

/// A document begins: connects it if it is one of the application's.
///
/// # Safety
/// Called by WebKit with live objects.
pub unsafe extern "C" fn window_object_cleared(
    world: *mut ffi::WebKitScriptWorld,
    page: *mut ffi::WebKitWebPage,
    frame: *mut ffi::WebKitFrame,
    _: *mut c_void,
) {
    let Some(settings) = SETTINGS.get() else {
        return;
    };
    // SAFETY: WebKit's objects live at least as long as its signal; the context is ours to release.
    unsafe {
        let context = ffi::webkit_frame_get_js_context_for_script_world(frame, world);
        if context.is_null() {
            return;
        }
        if origin(context).as_deref() == Some(settings.origin.as_str()) {
            let hello = Hello {
                token: settings.token,
                page: ffi::webkit_web_page_get_id(page),
                main: ffi::webkit_frame_is_main_frame(frame) != 0,
            };
            if let Ok(document) = Document::connect(&settings.socket, &hello) {
                bind(context, &document);
            }
        }
        ffi::g_object_unref(context.cast());
    }
}

/// The document's origin, as the engine itself knows it. No page script has run yet that could
/// have replaced the getter; a sandboxed frame says `null` whatever its address is.
unsafe fn origin(context: *mut JSCContext) -> Option<String> {
    // SAFETY: `context` is live, the code is a C string, and the text is ours to free.
    unsafe {
        let value = Value::own(ffi::jsc_context_evaluate(
            context,
            c"self.origin".as_ptr(),
            -1,
        ))?;
        if ffi::jsc_value_is_string(value.0) == 0 {
            return None;
        }
        let text = ffi::jsc_value_to_string(value.0);
        if text.is_null() {
            return None;
        }
        let origin = CStr::from_ptr(text).to_str().ok().map(str::to_owned);
        ffi::g_free(text.cast());
        origin
    }
}

impl Document {
    fn connect(path: &str, hello: &Hello) -> io::Result<Rc<Self>> {
        let mut socket = Socket::connect(path)?;
        socket.frame(Kind::Hello, &hello.encode());
        socket.flush()?;
        Ok(Rc::new(Self {
            socket: RefCell::new(Some(socket)),
            listener: Cell::new(null_mut()),
            targets: RefCell::default(),
            readable: Cell::new(0),
            writable: Cell::new(0),
            retry: Cell::new(0),
            refused: Cell::new(false),
            lingered: Cell::new(0),
            turn: Cell::new(0),
            trim: Cell::new(0),
            taken: Cell::new(0),
        }))
    }

    /// Begins to read. Not before there is a listener: what nobody takes would be reported for
    /// ever, and the page would do nothing else.
    fn start(self: &Rc<Self>) {
        let fd = self.socket.borrow().as_ref().map(Socket::fd);
        if let (Some(fd), 0) = (fd, self.readable.get()) {
            let condition = ffi::G_IO_IN | ffi::G_IO_HUP | ffi::G_IO_ERR;
            self.readable.set(self.watch(fd, condition, on_readable));
        }
    }

    /// Calls `function` on the main loop whenever the socket is in `condition`.
    ///
    /// The source does not own the document: the binding does, and ends the source with it.
    fn watch(
        self: &Rc<Self>,
        fd: c_int,
        condition: c_uint,
        function: unsafe extern "C" fn(c_int, c_uint, *mut c_void) -> c_int,
    ) -> c_uint {
        let data = Rc::as_ptr(self).cast_mut().cast();
        // SAFETY: `close`, which the drop calls, removes the source before the document dies.
        unsafe {
            ffi::g_unix_fd_add_full(
                ffi::G_PRIORITY_DEFAULT,
                fd,
                condition,
                Some(function),
                data,
                None,
            )
        }
    }

    /// Sends what is queued, now as far as possible and the rest when there is room.
    fn flush(self: &Rc<Self>) {
        let mut socket = self.socket.borrow_mut();
        let Some(open) = socket.as_mut() else { return };
        match open.flush() {
            Ok(true) => {}
            Ok(false) if self.writable.get() != 0 => {}
            Ok(false) => {
                let fd = open.fd();
                self.writable
                    .set(self.watch(fd, ffi::G_IO_OUT, on_writable));
            }
            Err(error) if socket::is_exhausted(&error) => {
                if self.retry.get() == 0 {
                    let data = Rc::as_ptr(self).cast_mut().cast();
                    // SAFETY: `close`, which the drop calls, removes the source before the
                    // document dies.
                    let source = unsafe { ffi::g_timeout_add(RETRY_MS, Some(on_retry), data) };
                    self.retry.set(source);
                }
            }
            Err(_) => {
                drop(socket);
                self.fail();
            }
        }
    }

    /// All has left that waited: a page that was told to slow down hears of it.
    fn drained(&self) {
        if !self.refused.replace(false) {
            return;
        }
        let Some(listener) = self.listener() else {
            return;
        };
        // SAFETY: the listener is live; its context lives as long.
        let context = unsafe { ffi::jsc_value_get_context(listener.0) };
        self.deliver(Value::array(context, 0).map(|nothing| (nothing, Vec::new())));
    }

    /// Waits for an answer that comes at once: a turn of the page's loop takes longer. Only for so
    /// long in each turn, because the page does nothing else meanwhile. False if it was in vain.
    fn linger(self: &Rc<Self>) -> bool {
        if self.lingered.get() >= LINGER_TURN_MAX_US {
            return true;
        }
        let begun = now_ns();
        let waited = match self.socket.borrow().as_ref() {
            Some(socket) => socket.wait(LINGER_MAX_US),
            None => return false,
        };
        let came = matches!(waited, Ok(true));
        if came {
            self.receive();
        }
        let took_us = (now_ns() - begun) / 1000;
        self.lingered.set(self.lingered.get() + took_us.max(1));
        if self.turn.get() == 0 && self.socket.borrow().is_some() {
            let (priority, data) = (ffi::G_PRIORITY_DEFAULT, Rc::as_ptr(self).cast_mut().cast());
            // SAFETY: `close`, which the drop calls, removes the source before the document dies.
            let source = unsafe { ffi::g_idle_add_full(priority, Some(on_turn), data, None) };
            self.turn.set(source);
        }
        came
    }

    /// Tells the runtime of the bodies that were taken.
    fn credit(self: &Rc<Self>) {
        while self.taken.get() >= BODIES_TAKEN {
            let taken = u32::try_from(self.taken.get()).unwrap_or(u32::MAX);
            self.taken.set(self.taken.get() - u64::from(taken));
            if let Some(socket) = self.socket.borrow_mut().as_mut() {
                socket.frame(Kind::Credit, &taken.to_le_bytes());
            }
        }
        self.flush();
    }

    /// Gives the memory of bodies back some time after the last one.
    fn trim_later(self: &Rc<Self>) {
        if self.trim.get() == 0 {
            let data = Rc::as_ptr(self).cast_mut().cast();
            // SAFETY: `close`, which the drop calls, removes the source before the document dies.
            let source = unsafe { ffi::g_timeout_add(TRIM_MS, Some(on_trim), data) };
            self.trim.set(source);
        }
    }

    /// Sends what was just queued; or notes that it was refused.
    fn sent(self: &Rc<Self>, taken: bool) -> c_int {
        if taken {
            self.flush();
        } else {
            self.refused.set(true);
        }
        c_int::from(taken)
    }

    /// The connection is over: the page is told once, and falls back to another transport.
    fn fail(self: &Rc<Self>) {
        self.close();
        self.deliver(None);
    }

    fn close(&self) {
        let sources = [
            &self.readable,
            &self.writable,
            &self.retry,
            &self.turn,
            &self.trim,
        ];
        for source in sources {
            let source = source.replace(0);
            if source != 0 {
                // SAFETY: the source was added by `watch` and not removed since.
                unsafe { ffi::g_source_remove(source) };
            }
        }
        self.socket.borrow_mut().take();
        self.targets.borrow_mut().clear();
    }

    /// Takes whole frames out of what came, at most [`BATCH_MAX`] bytes.
    ///
    /// The first part is the frames, the second their attached bodies, in order.
    fn take(&self, context: *mut JSCContext) -> Result<Option<(Value, Vec<Value>)>, Lost> {
        let mut socket = self.socket.borrow_mut();
        let socket = socket.as_mut().ok_or(Lost)?;
        let (bytes, files) = socket.incoming.parts();
        let shared = &mut socket.shared;
        let (mut bodies, mut taken) = (Vec::new(), 0_u32);
        let end = frame::batch(bytes, BATCH_MAX, |header, payload| {
            let target = self.targets.borrow_mut().remove(&header.seq);
            match header.kind {
                Kind::Region => {
                    let file = files.pop_front().ok_or(Lost)?;
                    // Without it, bodies travel as files.
                    *shared = Shared::map(&file).ok();
                }
                Kind::Taken => {
                    let count = payload.first_chunk().ok_or(Lost)?;
                    let shared = shared.as_mut().ok_or(Lost)?;
                    shared.release(u32::from_le_bytes(*count))?;
                }
                _ if header.flags & FLAG_ATTACHED == 0 => {}
                _ if header.flags & FLAG_SHARED == 0 => {
                    let len = frame::attached_len(payload)?;
                    let file = files.pop_front().ok_or(Lost)?;
                    let read = |to: &mut [u8]| socket::read_file(&file, to);
                    bodies.push(attachment(context, target, len, read)?);
                    self.taken.set(self.taken.get() + frame::body_cost(len));
                }
                _ => {
                    let place = frame::shared_place(payload)?;
                    let shared = shared.as_ref().ok_or(Lost)?;
                    let read = |to: &mut [u8]| shared.read(place, to).is_ok();
                    bodies.push(attachment(context, target, place.1, read)?);
                    taken += 1;
                }
            }
            Ok::<_, Lost>(())
        })?;
        if end == 0 {
            return Ok(None);
        }
        let mut batch = Value::array(context, end).ok_or(Lost)?;
        batch
            .bytes()
            .ok_or(Lost)?
            .copy_from_slice(&socket.incoming.bytes()[..end]);
        socket.incoming.consume(end);
        if taken > 0 {
            // It leaves with what the page sends next, or after that.
            socket.frame(Kind::Taken, &taken.to_le_bytes());
        }
        Ok(Some((batch, bodies)))
    }

    fn listener(&self) -> Option<Value> {
        let weak = self.listener.get();
        if weak.is_null() {
            return None;
        }
        // SAFETY: `weak` is live until it is replaced or the document dies.
        Value::own(unsafe { ffi::jsc_weak_value_get_value(weak) })
    }

    /// Calls the page's listener with frames and bodies, or with nulls at the end.
    fn deliver(&self, batch: Option<(Value, Vec<Value>)>) {
        let Some(listener) = self.listener() else {
            return;
        };
        // SAFETY: all values are live references of one context; the result is ours to release.
        unsafe {
            let context = ffi::jsc_value_get_context(listener.0);
            let (frames, bodies) = match batch {
                Some((frames, bodies)) => (Some(frames), array_of(context, &bodies)),
                None => (None, None),
            };
            let none = || Value::own(ffi::jsc_value_new_null(context));
            let (Some(frames), Some(bodies)) = (frames.or_else(none), bodies.or_else(none)) else {
                return;
            };
            let mut parameters = [frames.0, bodies.0];
            let result = ffi::jsc_value_function_callv(listener.0, 2, parameters.as_mut_ptr());
            drop(Value::own(result));
        }
    }

    /// Reads what is there and hands it to the page.
    fn receive(self: &Rc<Self>) {
        let Some(listener) = self.listener() else {
            // The page's side is gone, and with it whoever wanted this.
            return self.close();
        };
        // SAFETY: the listener is live; its context lives as long.
        let context = unsafe { ffi::jsc_value_get_context(listener.0) };
        let filled = match self.socket.borrow_mut().as_mut() {
            Some(socket) => socket.fill(),
            None => return,
        };
        // What came before the end of the connection is delivered all the same.
        loop {
            match self.take(context) {
                Ok(Some(batch)) => self.deliver(Some(batch)),
                Ok(None) => break,
                Err(Lost) => return self.fail(),
            }
        }
        self.credit();
        if filled.is_err() {
            self.fail();
        }
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        self.close();
        let weak = self.listener.replace(null_mut());
        if !weak.is_null() {
            // SAFETY: the reference is ours.
            unsafe { ffi::g_object_unref(weak.cast()) };
        }
    }
}

/// Reads a body into `target`, if that has the right length, or into a new array.
fn attachment(
    context: *mut JSCContext,
    target: Option<Value>,
    len: u64,
    read: impl FnOnce(&mut [u8]) -> bool,
) -> Result<Value, Lost> {
    if len > ATTACHED_MAX {
        return Err(Lost);
    }
    let fits = |array: &Value| array.len() as u64 == len;
    let mut array = target
        .filter(fits)
        .or_else(|| Value::array(context, len as usize))
        .ok_or(Lost)?;
    if array.bytes().is_some_and(read) {
        Ok(array)
    } else {
        Err(Lost)
    }
}

unsafe fn array_of(context: *mut JSCContext, values: &[Value]) -> Option<Value> {
    if values.is_empty() {
        return None;
    }
    let mut data: Vec<*mut c_void> = values.iter().map(|value| value.0.cast()).collect();
    let mut array = ffi::GPtrArray {
        data: data.as_mut_ptr(),
        len: data.len() as c_uint,
    };
    // SAFETY: WebKit reads the two public fields and takes references of its own.
    Value::own(unsafe { ffi::jsc_value_new_array_from_garray(context, &mut array) })
}

/// The document behind a callback's data, kept alive for the length of the call.
unsafe fn document(data: *mut c_void) -> Rc<Document> {
    let data = data.cast_const().cast::<Document>();
    // SAFETY: `data` is from `Rc::as_ptr` or `Rc::into_raw` of a document that still lives: its
    // functions own a reference each, and its sources end with it.
    unsafe {
        Rc::increment_strong_count(data);
        Rc::from_raw(data)
    }
}

unsafe extern "C" fn on_readable(_: c_int, _: c_uint, data: *mut c_void) -> c_int {
    // SAFETY: see `document`.
    let document = unsafe { document(data) };
    document.receive();
    if document.readable.get() == 0 {
        ffi::G_SOURCE_REMOVE
    } else {
        ffi::G_SOURCE_CONTINUE
    }
}

unsafe extern "C" fn on_writable(_: c_int, _: c_uint, data: *mut c_void) -> c_int {
    // SAFETY: see `document`.
    let document = unsafe { document(data) };
    let flushed = document.socket.borrow_mut().as_mut().map(Socket::flush);
    match flushed {
        Some(Ok(false)) => ffi::G_SOURCE_CONTINUE,
        Some(Ok(true)) | None => {
            document.writable.set(0);
            document.drained();
            ffi::G_SOURCE_REMOVE
        }
        Some(Err(_)) => {
            document.writable.set(0);
            // As any other time: it fails for good, or is tried again.
            document.flush();
            ffi::G_SOURCE_REMOVE
        }
    }
}

unsafe extern "C" fn on_retry(data: *mut c_void) -> c_int {
    // SAFETY: see `document`.
    let document = unsafe { document(data) };
    document.retry.set(0);
    document.flush();
    let drained = document.socket.borrow().as_ref().map(Socket::queued) == Some(0);
    if drained {
        document.drained();
    }
    ffi::G_SOURCE_REMOVE
}

unsafe extern "C" fn on_trim(data: *mut c_void) -> c_int {
    // SAFETY: see `document`.
    let document = unsafe { document(data) };
    let mut socket = document.socket.borrow_mut();
    let shared = socket.as_mut().and_then(|socket| socket.shared.as_mut());
    if let Some(shared) = shared {
        if std::mem::take(&mut shared.used) {
            return ffi::G_SOURCE_CONTINUE; // not long enough ago
        }
        shared.trim();
    }
    document.trim.set(0);
    ffi::G_SOURCE_REMOVE
}

unsafe extern "C" fn release(data: *mut c_void) {
    // SAFETY: `data` is the reference that `add` gave to the function that dies now.
    drop(unsafe { Rc::from_raw(data.cast_const().cast::<Document>()) });
}

/// `send(frames)`: queues whole frames. False when too much is queued already.
unsafe extern "C" fn js_send(frames: *mut JSCValue, data: *mut c_void) -> c_int {
    // SAFETY: JavaScriptCore passes a live value; see `document`.
    let (document, mut frames) = unsafe { (document(data), Value::borrow(frames)) };
    let taken = match (document.socket.borrow_mut().as_mut(), frames.bytes()) {
        (Some(socket), Some(bytes)) if socket.queued() + bytes.len() <= QUEUED_MAX => {
            socket.push(bytes);
            true
        }
        _ => false,
    };
    document.sent(taken)
}

/// `attach(frame, body)`: queues one frame whose body travels as a memory file.
unsafe extern "C" fn js_attach(
    head: *mut JSCValue,
    body: *mut JSCValue,
    data: *mut c_void,
) -> c_int {
    // SAFETY: JavaScriptCore passes live values; see `document`.
    let (document, mut head, mut body) =
        unsafe { (document(data), Value::borrow(head), Value::borrow(body)) };
    let (Some(head), Some(body)) = (head.bytes(), body.bytes()) else {
        return 0;
    };
    let taken = match document.socket.borrow_mut().as_mut() {
        Some(socket) if socket.queued() + head.len() <= QUEUED_MAX => socket.attach(head, body),
        _ => false,
    };
    document.trim_later();
    document.sent(taken)
}

/// `into(seq, array)`: the attached body of answer `seq` is to be read into this array, if it has
/// the right length. Null takes that back.
unsafe extern "C" fn js_into(seq: f64, array: *mut JSCValue, data: *mut c_void) {
    // SAFETY: JavaScriptCore passes a live value; see `document`.
    let (document, array) = unsafe { (document(data), Value::borrow(array)) };
    let mut targets = document.targets.borrow_mut();
    if array.len() > 0 {
        targets.insert(seq as u32, array);
    } else {
        targets.remove(&(seq as u32));
    }
}

/// `listen(function)`: who gets frames and bodies. The binding keeps the function alive.
unsafe extern "C" fn js_listen(listener: *mut JSCValue, data: *mut c_void) {
    // SAFETY: JavaScriptCore passes a live value; the old weak reference is ours.
    unsafe {
        let document = document(data);
        if ffi::jsc_value_is_function(listener) == 0 {
            return;
        }
        let old = document.listener.replace(ffi::jsc_weak_value_new(listener));
        if !old.is_null() {
            ffi::g_object_unref(old.cast());
        }
        document.start();
    }
}

/// `wait(ms)`: blocks until something came, hands it to the listener, and says whether the
/// connection still stands. The page's thread does nothing else meanwhile.
unsafe extern "C" fn js_wait(timeout_ms: f64, data: *mut c_void) -> c_int {
    // SAFETY: see `document`.
    let document = unsafe { document(data) };
    document.flush();
    if document.socket.borrow().as_ref().map(Socket::queued) == Some(0) {
        document.drained();
    }
    let ready = document
        .socket
        .borrow()
        .as_ref()
        .map(|socket| socket.wait((timeout_ms * 1e3) as i64));
    match ready {
        Some(Ok(true)) => document.receive(),
        Some(Ok(false)) => {}
        Some(Err(_)) => document.fail(),
        None => return 0,
    }
    c_int::from(document.socket.borrow().is_some())
}

/// `now()`: the system's monotonic clock in microseconds, which all processes read alike. WebKit's
/// own clock has a grain of a millisecond.
unsafe extern "C" fn js_now(_: *mut c_void) -> f64 {
    now_ns() as f64 / 1e3
}

fn now_ns() -> i64 {
    let mut time = ffi::timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the pointer is to a live local of the type that the function writes.
    unsafe { ffi::clock_gettime(ffi::CLOCK_MONOTONIC, &mut time) };
    time.seconds * 1_000_000_000 + time.nanoseconds
}

/// `linger()`: gives the runtime a moment to answer at once, and hands what came to the listener.
/// False if it was in vain.
unsafe extern "C" fn js_linger(data: *mut c_void) -> c_int {
    // SAFETY: see `document`.
    c_int::from(unsafe { document(data) }.linger())
}

unsafe extern "C" fn on_turn(data: *mut c_void) -> c_int {
    // SAFETY: see `document`.
    let document = unsafe { document(data) };
    document.turn.set(0);
    document.lingered.set(0);
    ffi::G_SOURCE_REMOVE
}

/// `close()`: the document goes away.
unsafe extern "C" fn js_close(data: *mut c_void) {
    // SAFETY: see `document`.
    unsafe { document(data) }.close();
}

/// Puts the binding on the document's global object, where the preload takes it away again.
unsafe fn bind(context: *mut JSCContext, document: &Rc<Document>) {
    // SAFETY: `context` is live; all values made here are released or given away.
    unsafe {
        let Some(object) = Value::own(ffi::jsc_value_new_object(context, null_mut(), null_mut()))
        else {
            return;
        };
        let value = ffi::jsc_value_get_type();
        let (none, boolean, double) = (ffi::G_TYPE_NONE, ffi::G_TYPE_BOOLEAN, ffi::G_TYPE_DOUBLE);
        let add = |name: &CStr, function: *const (), result: GType, types: &mut [GType]| {
            let types_at = if types.is_empty() {
                null_mut()
            } else {
                types.as_mut_ptr()
            };
            let function = ffi::jsc_value_new_functionv(
                context,
                null::<c_char>(),
                Some(std::mem::transmute::<*const (), unsafe extern "C" fn()>(
                    function,
                )),
                Rc::into_raw(Rc::clone(document)).cast_mut().cast(),
                Some(release),
                result,
                types.len() as c_uint,
                types_at,
            );
            if let Some(function) = Value::own(function) {
                ffi::jsc_value_object_set_property(object.0, name.as_ptr(), function.0);
            }
        };
        add(c"send", js_send as *const (), boolean, &mut [value]);
        add(
            c"attach",
            js_attach as *const (),
            boolean,
            &mut [value, value],
        );
        add(c"into", js_into as *const (), none, &mut [double, value]);
        add(c"listen", js_listen as *const (), none, &mut [value]);
        add(c"wait", js_wait as *const (), boolean, &mut [double]);
        add(c"linger", js_linger as *const (), boolean, &mut []);
        add(c"now", js_now as *const (), double, &mut []);
        add(c"close", js_close as *const (), none, &mut []);
        ffi::jsc_context_set_value(context, c"__oro_direct".as_ptr(), object.0);
    }
}
