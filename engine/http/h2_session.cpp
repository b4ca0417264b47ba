// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/h2_session.h"

#include "base/check.h"
#include "http/h2_field_array.h"
#include "http/h2_session_impl.h"

#include <nghttp2/nghttp2.h>
#include <utility>
#include <vector>

namespace millrace::http {

namespace {

constexpr std::size_t kWhyMax = 512;

}  // namespace

std::string_view codeName(std::uint32_t code)
{
    return nghttp2_http2_strerror(code);
}

H2Session::H2Session(H2Role role, H2Limits limits, H2Events& events)
    : impl_(std::make_unique<Impl>(role, limits, events))
{
    Impl& self = *impl_;
    const int made = role == H2Role::Server
                         ? nghttp2_session_server_new2(&self.session, Impl::callbacks(), &self, Impl::options())
                         : nghttp2_session_client_new2(&self.session, Impl::callbacks(), &self, Impl::options());
    MR_CHECK(made == 0);
    std::vector<nghttp2_settings_entry> settings = {
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.streamWindow},
        {NGHTTP2_SETTINGS_MAX_FRAME_SIZE, limits.frameBytesMax},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerListBytesMax},
    };
    if (role == H2Role::Server)
        settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streamsMax});
    else
        settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
    nghttp2_submit_settings(self.session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    self.headerListAnnounced = limits.headerListBytesMax;
    nghttp2_session_set_local_window_size(self.session, NGHTTP2_FLAG_NONE, 0,
                                          static_cast<std::int32_t>(limits.connectionWindow));
}

H2Session::~H2Session() = default;

Status H2Session::receive(std::string_view bytes, TimePoint now)
{
    Impl& self = *impl_;
    if (self.broken) return self.problem;
    self.now = now;
    const auto taken =
        nghttp2_session_mem_recv(self.session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    if (taken < 0) {
        self.broken = true;
        switch (taken) {
            case NGHTTP2_ERR_FLOODED:
                self.fail(H2Code::EnhanceYourCalm, "too many frames that want an answer, and none was read");
                break;
            case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
                self.fail(H2Code::EnhanceYourCalm, "too many CONTINUATION frames in a header block");
                break;
            case NGHTTP2_ERR_BAD_CLIENT_MAGIC:  // it would not understand a GOAWAY
                if (self.problem.ok())
                    self.problem =
                        invalidArgument("malformed HTTP/2 connection: it does not begin with the client's preface");
                break;
            default:
                self.fail(H2Code::InternalError, nghttp2_strerror(static_cast<int>(taken)));
        }
        return self.problem;
    }
    if (!self.problem.ok()) self.broken = true;
    return self.problem;
}

void H2Session::pull(H2Out& out, std::size_t most)
{
    Impl& self = *impl_;
    self.out = &out;
    self.outMost = most;
    for (bool more = true; more && out.size() < most && !self.closing;) {
        const std::uint8_t* bytes = nullptr;
        const std::size_t before = out.size();
        const auto count = nghttp2_session_mem_send(self.session, &bytes);
        if (count < 0) {
            self.broken = true;
            if (self.problem.ok()) self.problem = internal(nghttp2_strerror(static_cast<int>(count)));
            break;
        }
        if (count > 0) out.add(textOf(bytes, static_cast<std::size_t>(count)));
        more = count > 0 || out.size() > before;
        if (more && out.size() < most) continue;
        for (const auto id : std::exchange(self.sent, {})) {
            auto* stream = self.find(id);
            if (!stream) continue;
            stream->sentDue = false;
            if (stream->unsent > 0) continue;
            self.events.onSent(id);
            more = true;
        }
    }
    self.out = nullptr;
}

bool H2Session::over() const
{
    return impl_->broken
               ? nghttp2_session_want_write(impl_->session) == 0
               : nghttp2_session_want_read(impl_->session) == 0 && nghttp2_session_want_write(impl_->session) == 0;
}

const Status& H2Session::problem() const
{
    return impl_->problem;
}

bool H2Session::wantsWrite() const
{
    return nghttp2_session_want_write(impl_->session) != 0;
}

void H2Session::setHeaderListMax(std::uint32_t bytes)
{
    impl_->limits.headerListBytesMax = bytes;
    impl_->announceHeaderList();
}

std::optional<H2StreamId> H2Session::request(const HttpFields& fields, bool last)
{
    Impl& self = *impl_;
    if (self.broken || self.leaving) return std::nullopt;
    auto stream = std::make_unique<Impl::Stream>();
    const FieldArray array(fields, self.varying);
    nghttp2_data_provider provider{};
    if (!last) provider = self.provider(*stream);
    const auto id =
        nghttp2_submit_request(self.session, nullptr, array.data(), array.size(), last ? nullptr : &provider, nullptr);
    if (id < 0) return std::nullopt;
    stream->id = id;
    self.streams[id] = std::move(stream);
    ++self.counters.streams;
    return id;
}

void H2Session::respond(H2StreamId id, const HttpFields& fields, bool last)
{
    Impl& self = *impl_;
    Impl::Stream* stream = self.find(id);
    if (!stream) return;
    const FieldArray array(fields, self.varying);
    nghttp2_data_provider provider{};
    if (!last) provider = self.provider(*stream);
    nghttp2_submit_response(self.session, id, array.data(), array.size(), last ? nullptr : &provider);
}

void H2Session::inform(H2StreamId id, const HttpFields& fields)
{
    if (!impl_->find(id)) return;
    const FieldArray array(fields, impl_->varying);
    nghttp2_submit_headers(impl_->session, NGHTTP2_FLAG_NONE, id, nullptr, array.data(), array.size(), nullptr);
}

void H2Session::send(H2StreamId id, std::string bytes)
{
    send(id, SharedBytes(std::move(bytes)));
}

void H2Session::send(H2StreamId id, SharedBytes bytes)
{
    Impl::Stream* stream = impl_->find(id);
    if (!stream || stream->finishing || bytes.empty()) return;
    stream->unsent += bytes.size();
    stream->pieces.push(std::move(bytes));
    impl_->resume(*stream);
}

void H2Session::finish(H2StreamId id, HttpFields trailers)
{
    Impl::Stream* stream = impl_->find(id);
    if (!stream || !stream->hasBody || std::exchange(stream->finishing, true)) return;
    if (!trailers.empty()) stream->trailers = std::move(trailers);
    impl_->resume(*stream);
}

void H2Session::reset(H2StreamId id, H2Code code)
{
    Impl::Stream* stream = impl_->find(id);
    if (!stream) return;
    nghttp2_submit_rst_stream(impl_->session, NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(code));
    if (impl_->queued(id)) return impl_->closed(id, static_cast<std::uint32_t>(code));
    // Frees the data now: a slow peer may take long to accept even the reset.
    stream->dropped = stream->finishing = true;
    stream->pieces.clear();
    stream->trailers.reset();
    stream->unsent = 0;
}

void H2Session::consume(H2StreamId id, std::size_t bytes)
{
    if (bytes == 0) return;
    if (impl_->find(id))
        nghttp2_session_consume(impl_->session, id, bytes);
    else
        nghttp2_session_consume_connection(impl_->session, bytes);
}

void H2Session::consumeConnection(std::size_t bytes)
{
    if (bytes > 0) nghttp2_session_consume_connection(impl_->session, bytes);
}

void H2Session::consumeStream(H2StreamId id, std::size_t bytes)
{
    if (bytes > 0 && impl_->find(id)) nghttp2_session_consume_stream(impl_->session, id, bytes);
}

std::size_t H2Session::unsent(H2StreamId id) const
{
    const Impl::Stream* stream = impl_->find(id);
    return stream ? stream->unsent : 0;
}

std::size_t H2Session::framesQueued() const
{
    return nghttp2_session_get_outbound_queue_size(impl_->session);
}

std::size_t H2Session::streamsOpen() const
{
    return impl_->streams.size();
}

const H2Counters& H2Session::counters() const
{
    return impl_->counters;
}

std::optional<TimePoint> H2Session::headersBegan() const
{
    if (!impl_->headersBegan) return std::nullopt;
    return impl_->headersBegan->second;
}

bool H2Session::greeted() const
{
    return impl_->greeted;
}

bool H2Session::leaving() const
{
    return impl_->leaving;
}

std::uint32_t H2Session::streamsAllowed() const
{
    return nghttp2_session_get_remote_settings(impl_->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

H2Role H2Session::role() const
{
    return impl_->role;
}

void H2Session::announceEnd()
{
    if (impl_->role == H2Role::Server) nghttp2_submit_shutdown_notice(impl_->session);
    nghttp2_submit_ping(impl_->session, NGHTTP2_FLAG_NONE, Impl::kEndPing.data());
}

bool H2Session::endAnnounced() const
{
    return impl_->endAnswered;
}

void H2Session::end(H2Code code, std::string_view why)
{
    Impl& self = *impl_;
    const auto last = nghttp2_session_get_last_proc_stream_id(self.session);
    why = why.substr(0, kWhyMax);
    nghttp2_submit_goaway(self.session, NGHTTP2_FLAG_NONE, last, static_cast<std::uint32_t>(code),
                          reinterpret_cast<const std::uint8_t*>(why.data()), why.size());
    if (code == H2Code::NoError) return;
    self.broken = true;
    if (self.problem.ok()) self.problem = unavailable(why.empty() ? "the connection was ended" : std::string(why));
}

void H2Session::closeStreams()
{
    impl_->broken = impl_->closing = true;
    while (!impl_->streams.empty()) {
        const auto& [id, stream] = *impl_->streams.begin();
        const bool unsent = impl_->role == H2Role::Client && !stream->begun;
        impl_->closed(id, static_cast<std::uint32_t>(unsent ? H2Code::RefusedStream : H2Code::Cancel));
    }
}

}  // namespace millrace::http
