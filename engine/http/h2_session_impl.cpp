// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/h2_session_impl.h"

#include "base/check.h"

#include <algorithm>

namespace millrace::http {

namespace {

constexpr std::size_t kUnlimited = 1u << 30;   // disables nghttp2's own limit on resets, which reads the clock
constexpr std::size_t kContinuationsMax = 64;  // per header block
// Of a header block that is sent: beyond what limits.header_bytes_max admits from either side, at most 1 MiB.
constexpr std::size_t kSentBlockMax = std::size_t{4} << 20;
constexpr std::size_t kFieldsUsual = 12, kFieldBytesUsual = 320;  // of a header block: reserved at once

}  // namespace

void H2Session::Impl::refuseQueued()
{
    std::vector<H2StreamId> never;
    for (const auto& [id, stream] : streams)
        if (queued(id)) never.push_back(id);
    for (const auto id : never) closed(id, static_cast<std::uint32_t>(H2Code::RefusedStream));
}

void H2Session::Impl::note(FloodGuard::Kind kind)
{
    if (guard.note(kind, now) || flooded) return;
    flooded = true;
    fail(H2Code::EnhanceYourCalm, std::string("too many ") + FloodGuard::words(kind) + " in a short time");
}

void H2Session::Impl::fail(H2Code code, const std::string& why)
{
    if (problem.ok()) problem = resourceExhausted(why);
    nghttp2_session_terminate_session(session, static_cast<std::uint32_t>(code));
}

nghttp2_data_provider H2Session::Impl::provider(Stream& stream)
{
    stream.hasBody = true;
    nghttp2_data_provider made{};
    made.source.ptr = &stream;
    made.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most, std::uint32_t* flags,
                            nghttp2_data_source* source, void* user) {
        return static_cast<Impl*>(user)->read(*static_cast<Stream*>(source->ptr), most, flags);
    };
    return made;
}

ssize_t H2Session::Impl::read(Stream& stream, std::size_t most, std::uint32_t* flags)
{
    if (closing) return NGHTTP2_ERR_CALLBACK_FAILURE;  // `stream` may be destroyed
    if (stream.dropped) return NGHTTP2_ERR_DEFERRED;   // RST_STREAM is queued
    const std::size_t given = std::min(most, stream.unsent);
    if (given == 0 && !stream.finishing) {
        stream.deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (given < stream.unsent || !stream.finishing) return static_cast<ssize_t>(given);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (stream.trailers) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const FieldArray array(*stream.trailers, varying);
        nghttp2_submit_trailer(session, stream.id, array.data(), array.size());
        stream.trailers.reset();
    }
    return static_cast<ssize_t>(given);
}

int H2Session::Impl::sendData(Stream& stream, const std::uint8_t* head, std::size_t size)
{
    constexpr std::size_t kFrameHead = 9;
    out->add(textOf(head, kFrameHead));
    stream.unsent -= size;
    while (size > 0) {
        const SharedBytes& piece = stream.pieces.front();
        const auto bytes = piece.view().substr(stream.offset, size);
        out->add(piece, bytes);
        size -= bytes.size();
        stream.offset += bytes.size();
        if (stream.offset < piece.size()) break;
        stream.pieces.pop();
        stream.offset = 0;
    }
    if (stream.unsent == 0 && !std::exchange(stream.sentDue, true)) sent.push_back(stream.id);
    return out->size() >= outMost ? NGHTTP2_ERR_PAUSE : 0;  // otherwise nghttp2 continues with the next frame
}

void H2Session::Impl::beginFrame(const nghttp2_frame_hd& head)
{
    if (head.type != NGHTTP2_CONTINUATION) headersBegan.reset();
    if (head.type == NGHTTP2_PRIORITY) note(FloodGuard::Kind::Other);
}

int H2Session::Impl::addField(H2StreamId id, std::string_view name, std::string_view value)
{
    Stream* stream = find(id);
    if (!stream || stream->tooLarge) return 0;
    const std::size_t cost = name.size() + value.size() + HttpFields::kFieldCost;
    if (stream->incoming.listBytes() + cost > limits.headerListBytesMax) {
        stream->tooLarge = true;
        return 0;
    }
    if (stream->incoming.empty()) stream->incoming.reserve(kFieldsUsual, kFieldBytesUsual);
    stream->incoming.add(name, value);
    return 0;
}

void H2Session::Impl::frame(const nghttp2_frame& frame)
{
    headersBegan.reset();
    switch (frame.hd.type) {
        case NGHTTP2_HEADERS: {
            Stream* stream = find(frame.hd.stream_id);
            if (!stream) return;
            const bool last = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
            if (last) stream->remoteEnded = true;
            events.onHeaders(stream->id, std::exchange(stream->incoming, {}), std::exchange(stream->tooLarge, false),
                             last);
            return;
        }
        case NGHTTP2_DATA: {
            Stream* stream = find(frame.hd.stream_id);
            const bool last = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
            if (!last && frame.hd.length == 0) note(FloodGuard::Kind::Empty);
            if (!stream || !last) return;
            stream->remoteEnded = true;
            events.onEnd(stream->id);
            return;
        }
        case NGHTTP2_RST_STREAM: {
            ++counters.resets;
            if (role == H2Role::Client) return;  // bounded by our own requests
            const Stream* stream = find(frame.hd.stream_id);
            note(stream && !stream->localEnded ? FloodGuard::Kind::Reset : FloodGuard::Kind::Other);
            return;
        }
        case NGHTTP2_PING:
            if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) {
                ++counters.pings;
                note(FloodGuard::Kind::Ping);
            } else if (std::equal(kEndPing.begin(), kEndPing.end(), frame.ping.opaque_data)) {
                endAnswered = true;
            }
            return;
        case NGHTTP2_SETTINGS:
            if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) {
                settingsInFlight = false;
                return announceHeaderList();
            }
            greeted = true;
            note(FloodGuard::Kind::Settings);
            events.onSettings();
            return;
        case NGHTTP2_GOAWAY:
            leaving = true;
            refuseQueued();
            events.onLeaving();
            return;
        default:
            return;
    }
}

void H2Session::Impl::announceHeaderList()
{
    if (settingsInFlight || headerListAnnounced == limits.headerListBytesMax) return;
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.headerListBytesMax};
    if (nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &entry, 1) != 0) return;
    headerListAnnounced = limits.headerListBytesMax;
    settingsInFlight = true;
}

void H2Session::Impl::frameSent(const nghttp2_frame& frame)
{
    if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR && problem.ok()) {
        problem = invalidArgument(std::string(nghttp2_http2_strerror(frame.goaway.error_code)) + " " +
                                  std::string(textOf(frame.goaway.opaque_data, frame.goaway.opaque_data_len)));
        return;
    }
    if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
    Stream* stream = find(frame.hd.stream_id);
    if (!stream) return;
    stream->begun = true;
    if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
    stream->localEnded = true;
    if (role == H2Role::Server && !stream->remoteEnded)
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
}

/// A head or trailers that nghttp2 does not send: what follows would never come, so that the stream ends here.
void H2Session::Impl::frameNotSent(const nghttp2_frame& frame, int why)
{
    if (frame.hd.type != NGHTTP2_HEADERS) return;
    if (why == NGHTTP2_ERR_STREAM_CLOSING || why == NGHTTP2_ERR_STREAM_CLOSED) return;
    // nghttp2 itself closes a stream that could not be opened.
    if (role == H2Role::Client && frame.headers.cat == NGHTTP2_HCAT_REQUEST) return;
    if (find(frame.hd.stream_id))
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_INTERNAL_ERROR);
}

void H2Session::Impl::closed(H2StreamId id, std::uint32_t code)
{
    const auto found = streams.find(id);
    if (found == streams.end()) return;
    if (headersBegan && headersBegan->first == id) headersBegan.reset();
    const auto stream = std::move(found->second);
    streams.erase(found);
    if (latest == stream.get()) latest = nullptr;
    events.onClosed(id, code);
}

nghttp2_session_callbacks* H2Session::Impl::callbacks()
{
    static nghttp2_session_callbacks* const kept = [] {
        nghttp2_session_callbacks* made = nullptr;
        MR_CHECK(nghttp2_session_callbacks_new(&made) == 0);
        nghttp2_session_callbacks_set_on_begin_frame_callback(
            made, [](nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
                static_cast<Impl*>(user)->beginFrame(*head);
                return 0;
            });
        nghttp2_session_callbacks_set_on_begin_headers_callback(
            made, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
                auto& self = *static_cast<Impl*>(user);
                self.headersBegan = {frame->hd.stream_id, self.now};
                if (frame->hd.type == NGHTTP2_HEADERS && !self.closing) self.open(frame->hd.stream_id);
                return 0;
            });
        nghttp2_session_callbacks_set_on_header_callback(
            made, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t nameSize,
                     const std::uint8_t* value, std::size_t valueSize, std::uint8_t, void* user) {
                return static_cast<Impl*>(user)->addField(frame->hd.stream_id, textOf(name, nameSize),
                                                          textOf(value, valueSize));
            });
        nghttp2_session_callbacks_set_on_frame_recv_callback(
            made, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
                auto& self = *static_cast<Impl*>(user);
                return self.deliver([&] { self.frame(*frame); });
            });
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
            made, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                     void* user) {
                auto& self = *static_cast<Impl*>(user);
                if (self.find(id)) return self.deliver([&] { self.events.onData(id, textOf(bytes, size)); });
                nghttp2_session_consume_connection(self.session, size);
                return 0;
            });
        nghttp2_session_callbacks_set_on_frame_send_callback(
            made, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
                static_cast<Impl*>(user)->frameSent(*frame);
                return 0;
            });
        nghttp2_session_callbacks_set_on_frame_not_send_callback(
            made, [](nghttp2_session*, const nghttp2_frame* frame, int why, void* user) {
                static_cast<Impl*>(user)->frameNotSent(*frame, why);
                return 0;
            });
        nghttp2_session_callbacks_set_on_stream_close_callback(
            made, [](nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
                auto& self = *static_cast<Impl*>(user);
                return self.deliver([&] { self.closed(id, code); });
            });
        nghttp2_session_callbacks_set_send_data_callback(
            made, [](nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t size,
                     nghttp2_data_source* source, void* user) {
                return static_cast<Impl*>(user)->sendData(*static_cast<Stream*>(source->ptr), head, size);
            });
        nghttp2_session_callbacks_set_data_source_read_length_callback(
            made,
            [](nghttp2_session*, std::uint8_t, std::int32_t, std::int32_t connection, std::int32_t stream,
               std::uint32_t frameMax, void*) -> ssize_t {
                return std::max(1, std::min({connection, stream, static_cast<std::int32_t>(frameMax)}));
            });
        return made;
    }();
    return kept;
}

nghttp2_option* H2Session::Impl::options()
{
    static nghttp2_option* const kept = [] {
        nghttp2_option* made = nullptr;
        MR_CHECK(nghttp2_option_new(&made) == 0);
        nghttp2_option_set_no_auto_window_update(made, 1);
        nghttp2_option_set_no_closed_streams(made, 1);
        nghttp2_option_set_max_continuations(made, kContinuationsMax);
        nghttp2_option_set_max_send_header_block_length(made, kSentBlockMax);
        nghttp2_option_set_stream_reset_rate_limit(made, kUnlimited, kUnlimited);
        return made;
    }();
    return kept;
}

}  // namespace millrace::http
