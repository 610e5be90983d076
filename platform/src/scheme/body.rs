//! The bodies of scheme requests and responses.

use std::io::Read;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gtk::gio::{self, prelude::*, subclass::prelude::*};
use gtk::glib;
use webkit2gtk::{URISchemeRequest, URISchemeRequestExt};

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It has more bytes than allowed; so many were seen.
    TooLarge(usize),
    /// WebKit could not read it.
    Unreadable(String),
}

/// Reads a request's body, which the preload must have marked as plain bytes.
///
/// `webkit_uri_scheme_request_get_http_body` crashes the process when a part of the body is a
/// `Blob`; that is why nothing else may call it, and this only for marked requests.
pub(super) fn read_marked(
    request: &URISchemeRequest,
    max: usize,
) -> Result<oro_engine::bytes::Bytes, BodyError> {
    let Some(stream) = request.http_body() else {
        return Ok(Default::default());
    };
    let mut out = Vec::new();
    let mut chunk = vec![0; 256 << 10];
    loop {
        match stream.read(&mut chunk[..], gio::Cancellable::NONE) {
            Ok(0) => return Ok(out.into()),
            Ok(n) if out.len() + n > max => return Err(BodyError::TooLarge(out.len() + n)),
            Ok(n) => out.extend_from_slice(&chunk[..n]),
            Err(error) => return Err(BodyError::Unreadable(error.to_string())),
        }
    }
}

glib::wrapper! {
    /// An input stream over anything that can be read. GIO reads it on threads of its own.
    pub(super) struct ReaderStream(ObjectSubclass<ReaderStreamImp>) @extends gio::InputStream;
}

impl ReaderStream {
    pub fn new(reader: Box<dyn Read + Send>, len: u64) -> Self {
        let stream: Self = glib::Object::new();
        *stream.imp().reader() = Some(reader.take(len));
        stream
    }
}

#[derive(Default)]
pub(super) struct ReaderStreamImp(Mutex<Option<std::io::Take<Box<dyn Read + Send>>>>);

type Slot = Option<std::io::Take<Box<dyn Read + Send>>>;

impl ReaderStreamImp {
    fn reader(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[glib::object_subclass]
impl ObjectSubclass for ReaderStreamImp {
    const NAME: &'static str = "OroReaderStream";
    type Type = ReaderStream;
    type ParentType = gio::InputStream;
}

impl ObjectImpl for ReaderStreamImp {}

impl InputStreamImpl for ReaderStreamImp {
    fn read(&self, buffer: &mut [u8], _: Option<&gio::Cancellable>) -> Result<usize, glib::Error> {
        let mut reader = self.reader();
        let Some(reader) = reader.as_mut() else {
            return Ok(0);
        };
        reader
            .read(buffer)
            .map_err(|e| glib::Error::new(gio::IOErrorEnum::Failed, &e.to_string()))
    }

    fn close(&self, _: Option<&gio::Cancellable>) -> Result<(), glib::Error> {
        *self.reader() = None;
        Ok(())
    }
}
