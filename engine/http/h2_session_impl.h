// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "http/fields.h"
#include "http/flood_guard.h"
#include "http/h2_field_array.h"
#include "http/h2_out.h"
#include "http/h2_pieces.h"
#include "http/h2_session.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace millrace::http {

inline std::string_view textOf(const std::uint8_t* bytes, std::size_t size)
{
    return {reinterpret_cast<const char*>(bytes), size};
}

/// The streams of a session, and nghttp2's callbacks: received frames become events, and the streams' data becomes
/// frames. Submitting is H2Session's part.
///
/// Owner: H2Session.   Thread: one.   Errors: problem; what an event throws ends the connection.
struct H2Session::Impl {
    static constexpr std::array<std::uint8_t, 8> kEndPing = {'m', 'r', '-', 'e', 'n', 'd', '0', '1'};

    struct Stream {
        H2StreamId id = 0;
        HttpFields incoming;  // the header block that is arriving
        bool tooLarge = false;
        bool remoteEnded = false, localEnded = false;
        bool begun = false;     // its request's HEADERS were pulled (client)
        bool hasBody = false;   // a provider was given to nghttp2
        bool deferred = false;  // and had nothing when it was asked
        bool finishing = false;
        bool dropped = false;  // reset by us; its data was discarded
        std::optional<HttpFields> trailers;
        H2Pieces pieces;
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
    /// A request that nghttp2 has not started to send, because the peer's MAX_CONCURRENT_STREAMS is reached.
    bool queued(H2StreamId id) const
    {
        return role == H2Role::Client && nghttp2_session_find_stream(session, id) == nullptr;
    }
    /// Fails requests that can no longer be sent, instead of leaving them until the connection ends.
    void refuseQueued();
    void note(FloodGuard::Kind kind);
    /// Tells the other side the limit that holds, if it knows another one. One announcement is in flight at a time: a
    /// side that acknowledges none costs no memory.
    void announceHeaderList();
    void fail(H2Code code, const std::string& why);
    void resume(Stream& stream)
    {
        if (!std::exchange(stream.deferred, false)) return;
        nghttp2_session_resume_data(session, stream.id);
    }
    nghttp2_data_provider provider(Stream& stream);

    ssize_t read(Stream& stream, std::size_t most, std::uint32_t* flags);
    int sendData(Stream& stream, const std::uint8_t* head, std::size_t size);

    /// Exceptions of event handlers must not unwind through nghttp2, which is C.
    template <typename Event>
    int deliver(Event event)
    {
        try {
            event();
            return 0;
        } catch (const std::exception& error) {
            if (problem.ok()) problem = internal(error.what());
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        }
    }

    void beginFrame(const nghttp2_frame_hd& head);
    int addField(H2StreamId id, std::string_view name, std::string_view value);
    void frame(const nghttp2_frame& frame);
    /// Resets with NO_ERROR a request whose response was sent completely before it ended (RFC 9113, 8.1).
    void frameSent(const nghttp2_frame& frame);
    void frameNotSent(const nghttp2_frame& frame, int why);
    void closed(H2StreamId id, std::uint32_t code);

    static nghttp2_session_callbacks* callbacks();
    static nghttp2_option* options();

    const H2Role role;
    H2Limits limits;
    H2Events& events;
    nghttp2_session* session = nullptr;
    std::unordered_map<H2StreamId, std::unique_ptr<Stream>> streams;
    Stream* latest = nullptr;  // cache of the latest lookup: consecutive events mostly belong to one stream
    VaryingFields varying;
    std::vector<H2StreamId> sent;  // streams whose last byte went out within this pull()
    FloodGuard guard;
    H2Counters counters;
    Status problem;
    TimePoint now{};
    std::optional<std::pair<H2StreamId, TimePoint>> headersBegan;  // of the block that arrives
    H2Out* out = nullptr;                                          // within pull()
    std::size_t outMost = 0;
    std::uint32_t headerListAnnounced = 0;
    bool settingsInFlight = true;  // of ours: not acknowledged
    bool greeted = false, leaving = false, endAnswered = false, flooded = false, broken = false, closing = false;
};

}  // namespace millrace::http
