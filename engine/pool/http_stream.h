// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/h2_channel.h"
#include "pool/http_exchange.h"

#include <memory>
#include <optional>
#include <string>

namespace millrace::pool {

/// Exchanges on an HTTP/2 channel, each on a new stream.
///
/// Owner:  the lease; the channel while the stream is open.    Thread: the strand.
/// Bound:  H2Channel::kHttp.stream bytes of a body are buffered, kHeaderBytesMax of fields.
/// Errors: failure(); the channel stays open unless lostConnection().
class HttpStream final : public HttpExchange,
                         public H2Channel::Stream,
                         public std::enable_shared_from_this<HttpStream> {
public:
    HttpStream(std::shared_ptr<H2Channel> channel, Strand strand, Owner* owner);

    void begin(HttpRequest&& request, const std::string& authority, TimePoint now, TimePoint deadline,
               const CancelToken& cancel, bool work) override;
    Notifier& signal() override { return signal_; }
    bool busy() const override { return busy_; }
    bool refused() const override { return unsent_; }
    bool lostConnection() const override { return lost_; }
    bool blameless() const override { return unsent_ && channel_->leaving(); }
    HttpRequest takeRequest() override;
    std::optional<CloseReason> finish() override;
    void rest(bool, TimePoint) override {}

private:
    void onHeaders(const http::HttpFields& fields, bool tooLarge, bool last) override;
    std::size_t onData(std::string_view bytes) override;
    void onEnd() override;
    void onReset(std::uint32_t code) override;
    void onLost(const Status& why, bool unseen) override;
    bool over() const override { return done_ || !failure_.ok(); }
    bool ready() const override { return headReady_ || over(); }
    TimePoint deadline() const override { return deadline_; }
    void expire(TimePoint now) override { expireExchange(now); }
    std::optional<TimePoint> silentSince() const override;
    void resume() override;
    void abortAll() override { channel_->drop(*this); }
    void takeFields(const http::HttpFields& fields);

    const std::shared_ptr<H2Channel> channel_;
    std::shared_ptr<std::string> body_;  ///< of the request; shared with the channel
    std::size_t held_ = 0;               ///< bytes of piece_, not returned to the stream's window
    unsigned interim_ = 0;               ///< number of 1xx responses in this exchange
    bool busy_ = false, lost_ = false;
};

}  // namespace millrace::pool
