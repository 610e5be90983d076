//! Answers to scheme requests, in WebKit's terms.
#![expect(unsafe_code, reason = "a stream takes over a file descriptor")]

use gtk::gio::{self, prelude::*};
use gtk::glib;
use oro_components::resource::ResourceBody;
use soup::{MessageHeaders, MessageHeadersType};
use std::borrow::Cow;
use std::os::fd::OwnedFd;
use webkit2gtk::{URISchemeRequest, URISchemeRequestExt, URISchemeResponse, URISchemeResponseExt};

use super::body::ReaderStream;

/// Whether bodies reach pages while they are made: by pipes.
pub(crate) const ANSWERS_INCREMENTALLY: bool = true;

/// An answer to a scheme request.
pub(crate) struct Reply {
    status: u16,
    content_type: String,
    headers: Vec<(Cow<'static, str>, String)>,
    stream: gio::InputStream,
    len: i64,
}

/// Bytes that GLib can hold without a copy.
struct Shared(oro_engine::bytes::Bytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Reply {
    fn new(status: u16, content_type: &str, stream: gio::InputStream, len: i64) -> Self {
        let content_type = content_type.to_owned();
        Self {
            status,
            content_type,
            headers: Vec::new(),
            stream,
            len,
        }
    }

    /// An answer that is all there.
    pub fn bytes(
        status: u16,
        content_type: &str,
        body: impl Into<oro_engine::bytes::Bytes>,
    ) -> Self {
        let body = body.into();
        let len = i64::try_from(body.len()).unwrap_or(-1);
        let bytes = glib::Bytes::from_owned(Shared(body));
        let stream = gio::MemoryInputStream::from_bytes(&bytes);
        Self::new(status, content_type, stream.upcast(), len)
    }

    /// An answer that is read from a pipe until its end, as it comes.
    pub fn pipe(status: u16, content_type: &str, pipe: OwnedFd) -> Self {
        // SAFETY: the descriptor is owned and given away, so the stream is the only one to close
        // it; GLib asks for nothing else.
        let stream = unsafe { gio::UnixInputStream::take_fd(pipe) };
        Self::new(status, content_type, stream.upcast(), -1)
    }

    /// An answer with the body of a resource.
    pub fn resource(status: u16, content_type: &str, body: ResourceBody) -> Self {
        match body {
            ResourceBody::Bytes(bytes) => Self::bytes(status, content_type, bytes),
            ResourceBody::Reader { reader, len } => {
                let stream = ReaderStream::new(reader, len);
                let len = i64::try_from(len).unwrap_or(-1);
                Self::new(status, content_type, stream.upcast(), len)
            }
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds headers.
    #[must_use]
    pub fn with_all<N: Into<Cow<'static, str>>>(
        mut self,
        headers: impl IntoIterator<Item = (N, String)>,
    ) -> Self {
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name.into(), value));
        self.headers.extend(headers);
        self
    }

    /// Answers the request. One that WebKit has given up meanwhile is ignored by WebKit.
    pub fn finish(self, request: &URISchemeRequest) {
        let response = URISchemeResponse::new(&self.stream, self.len);
        response.set_status(u32::from(self.status), None);
        response.set_content_type(&self.content_type);
        let headers = MessageHeaders::new(MessageHeadersType::Response);
        // WebKit shows pages only what is in the header set, the content type included.
        headers.append("content-type", &self.content_type);
        for (name, value) in &self.headers {
            // A line break would begin another header.
            if ![name.as_ref(), value]
                .iter()
                .any(|text| text.contains(['\r', '\n', '\0']))
            {
                headers.append(name, value);
            }
        }
        response.set_http_headers(headers);
        request.finish_with_response(&response);
    }
}
