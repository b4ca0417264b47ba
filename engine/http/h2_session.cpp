// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/h2_session.h"

#include "base/check.h"
#include "http/flood_guard.h"

#include <algorithm>
#include <array>
#include <nghttp2/nghttp2.h>
#include <unordered_map>
#include <vector>

namespace millrace::http {

namespace {

constexpr std::array<std::uint8_t, 8> kEndPing = {'m', 'r', '-', 'e', 'n', 'd', '0', '1'};
constexpr std::size_t kUnlimited = 1u << 30;   // nghttp2's own limit of resets a second, which asks the system's clock
constexpr std::size_t kContinuationsMax = 64;  // of a header block; nghttp2 counts one that comes in pieces for each
constexpr std::size_t kWhyMax = 512;
constexpr std::size_t kFieldsUsual = 12, kFieldBytesUsual = 320;  // of a block: memory is taken once

std::string_view textOf(const std::uint8_t* bytes, std::size_t size)
{
    return {reinterpret_cast<const char*>(bytes), size};
}

/// Fields whose values are others in each call: in the table of the connection they would only push out, on both sides,
/// those that are the same. The first of each is put there nevertheless, for its name: the others are written with the
/// number of that.
class VaryingFields {
public:
    std::uint8_t flags(std::string_view name, std::string_view value)
    {
        constexpr std::size_t kShortest = 12, kLongest = 14;
        if (name.size() < kShortest || name.size() > kLongest) return NGHTTP2_NV_FLAG_NONE;
        const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
        if (found == std::end(kNames)) return NGHTTP2_NV_FLAG_NONE;
        if (found == std::begin(kNames) && value.ends_with('S')) return NGHTTP2_NV_FLAG_NONE;  // seconds: few values
        const auto at = static_cast<std::size_t>(found - std::begin(kNames));
        return std::exchange(named_[at], true) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
    }

private:
    static constexpr std::string_view kNames[] = {"grpc-timeout", "x-request-id", "grpc-message", "server-timing",
                                                  "retry-after-ms"};
    bool named_[std::size(kNames)] = {};
};

/// For nghttp2, which copies them.
class FieldArray {
public:
    FieldArray(const HttpFields& fields, VaryingFields& varying) : size_(fields.size())
    {
        nghttp2_nv* to = few_;
        if (size_ > std::size(few_)) {
            many_.resize(size_);
            to = many_.data();
        }
        for (std::size_t i = 0; i < size_; ++i) {
            const auto field = fields[i];
            to[i] = {bytes(field.name), bytes(field.value), field.name.size(), field.value.size(),
                     varying.flags(field.name, field.value)};
        }
    }
    const nghttp2_nv* data() const { return many_.empty() ? few_ : many_.data(); }
    std::size_t size() const { return size_; }

private:
    static std::uint8_t* bytes(std::string_view text)
    {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    }
    const std::size_t size_;
    nghttp2_nv few_[16];
    std::vector<nghttp2_nv> many_;
};

/// What a stream has to send, in pieces: mostly one or two, and none is left soon.
class Pieces {
public:
    void push(SharedBytes piece) { pieces_.push_back(std::move(piece)); }
    const SharedBytes& front() const { return pieces_[first_]; }
    void pop()
    {
        pieces_[first_] = {};
        if (++first_ < pieces_.size()) return;
        clear();
    }
    void clear()
    {
        pieces_.clear();
        first_ = 0;
    }

private:
    std::vector<SharedBytes> pieces_;
    std::size_t first_ = 0;
};

}  // namespace

std::string_view codeName(std::uint32_t code)
{
    return nghttp2_http2_strerror(code);
}

struct H2Session::Impl {
    struct Stream {
        H2StreamId id = 0;
        HttpFields incoming;  // of the block that arrives
        bool tooLarge = false;
        bool remoteEnded = false, localEnded = false;
        bool begun = false;     // of a request: its head was pulled
        bool hasBody = false;   // a provider was given to nghttp2
        bool deferred = false;  // and had nothing when it was asked
        bool finishing = false;
        bool dropped = false;  // reset by us: what it had to send is gone
        std::optional<HttpFields> trailers;
        Pieces pieces;
        std::size_t offset = 0;  // of the first piece
        std::size_t unsent = 0;
        bool sentDue = false;
    };

    Impl(H2Role roleIn, H2Limits limitsIn, H2Events& eventsIn) : role(roleIn), limits(limitsIn), events(eventsIn) {}
    ~Impl() { nghttp2_session_del(session); }

    Stream* find(H2StreamId id)
    {
        if (latest && latest->id == id) return latest;
        const auto found = streams.find(id);
        if (found == streams.end()) return nullptr;
        return latest = found->second.get();
    }
    Stream& open(H2StreamId id)
    {
        auto& stream = streams[id];
        if (!stream) {
            stream = std::make_unique<Stream>();
            stream->id = id;
            ++counters.streams;
        }
        return *stream;
    }
    /// A request that nghttp2 has not begun to send: it waits for others of the other side's limit to end.
    bool queued(H2StreamId id) const
    {
        return role == H2Role::Client && nghttp2_session_find_stream(session, id) == nullptr;
    }
    /// They are never sent, though they would have to wait long to be told so.
    void refuseQueued()
    {
        std::vector<H2StreamId> never;
        for (const auto& [id, stream] : streams)
            if (queued(id)) never.push_back(id);
        for (const auto id : never) closed(id, static_cast<std::uint32_t>(H2Code::RefusedStream));
    }
    void note(FloodGuard::Kind kind)
    {
        if (guard.note(kind, now) || flooded) return;
        flooded = true;
        fail(H2Code::EnhanceYourCalm, std::string("too many ") + FloodGuard::words(kind) + " in a short time");
    }
    void fail(H2Code code, const std::string& why)
    {
        if (problem.ok()) problem = resourceExhausted(why);
        nghttp2_session_terminate_session(session, static_cast<std::uint32_t>(code));
    }
    void resume(Stream& stream)
    {
        if (!std::exchange(stream.deferred, false)) return;
        nghttp2_session_resume_data(session, stream.id);
    }
    nghttp2_data_provider provider(Stream& stream)
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

    ssize_t read(Stream& stream, std::size_t most, std::uint32_t* flags)
    {
        if (closing) return NGHTTP2_ERR_CALLBACK_FAILURE;  // `stream` is no more
        if (stream.dropped) return NGHTTP2_ERR_DEFERRED;   // RST_STREAM is on its way
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

    int sendData(Stream& stream, const std::uint8_t* head, std::size_t size)
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
        return out->size() >= outMost ? NGHTTP2_ERR_PAUSE : 0;  // else nghttp2 goes on with the next one by itself
    }

    /// An event must not throw through nghttp2, which is C.
    template <typename Event>
    int tell(Event event)
    {
        try {
            event();
            return 0;
        } catch (const std::exception& error) {
            if (problem.ok()) problem = internal(error.what());
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        }
    }

    void beginFrame(const nghttp2_frame_hd& head)
    {
        if (head.type != NGHTTP2_CONTINUATION) headersBegan.reset();
        if (head.type == NGHTTP2_PRIORITY) note(FloodGuard::Kind::Other);
    }
    int addField(H2StreamId id, std::string_view name, std::string_view value)
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
    void frame(const nghttp2_frame& frame)
    {
        headersBegan.reset();
        switch (frame.hd.type) {
            case NGHTTP2_HEADERS: {
                Stream* stream = find(frame.hd.stream_id);
                if (!stream) return;
                const bool last = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
                if (last) stream->remoteEnded = true;
                events.onHeaders(stream->id, std::exchange(stream->incoming, {}),
                                 std::exchange(stream->tooLarge, false), last);
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
                if (role == H2Role::Client) return;  // no more than we have opened
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
                if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) return;
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
    /// A response that is complete before its request: the rest is not wanted (RFC 9113, 8.1).
    void frameSent(const nghttp2_frame& frame)
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
    void closed(H2StreamId id, std::uint32_t code)
    {
        const auto found = streams.find(id);
        if (found == streams.end()) return;
        if (headersBegan && headersBegan->first == id) headersBegan.reset();
        const auto stream = std::move(found->second);
        streams.erase(found);
        if (latest == stream.get()) latest = nullptr;
        events.onClosed(id, code);
    }

    static nghttp2_session_callbacks* callbacks();
    static nghttp2_option* options();

    const H2Role role;
    const H2Limits limits;
    H2Events& events;
    nghttp2_session* session = nullptr;
    std::unordered_map<H2StreamId, std::unique_ptr<Stream>> streams;
    Stream* latest = nullptr;  // found last: most events of a connection follow one of the same stream
    VaryingFields varying;
    std::vector<H2StreamId> sent;  // all of whose bytes went out within this pull()
    FloodGuard guard;
    H2Counters counters;
    Status problem;
    TimePoint now{};
    std::optional<std::pair<H2StreamId, TimePoint>> headersBegan;  // of the block that arrives
    H2Out* out = nullptr;                                          // within pull()
    std::size_t outMost = 0;
    bool greeted = false, leaving = false, endAnswered = false, flooded = false, broken = false, closing = false;
};

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
                return self.tell([&] { self.frame(*frame); });
            });
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
            made, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                     void* user) {
                auto& self = *static_cast<Impl*>(user);
                if (self.find(id)) return self.tell([&] { self.events.onData(id, textOf(bytes, size)); });
                nghttp2_session_consume_connection(self.session, size);
                return 0;
            });
        nghttp2_session_callbacks_set_on_frame_send_callback(
            made, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
                static_cast<Impl*>(user)->frameSent(*frame);
                return 0;
            });
        nghttp2_session_callbacks_set_on_stream_close_callback(
            made, [](nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
                auto& self = *static_cast<Impl*>(user);
                return self.tell([&] { self.closed(id, code); });
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
        nghttp2_option_set_stream_reset_rate_limit(made, kUnlimited, kUnlimited);
        return made;
    }();
    return kept;
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
        if (taken == NGHTTP2_ERR_FLOODED) {
            self.fail(H2Code::EnhanceYourCalm, "too many frames that want an answer, and none was read");
        } else if (self.problem.ok()) {
            self.problem = invalidArgument(taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC
                                               ? "this is no HTTP/2: it does not begin with the client's preface"
                                               : nghttp2_strerror(static_cast<int>(taken)));
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
    // The other side may be slow to take even the reset: what nobody wants any more is not kept for so long.
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
    nghttp2_submit_ping(impl_->session, NGHTTP2_FLAG_NONE, kEndPing.data());
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
