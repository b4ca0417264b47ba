// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace millrace::bench {

/// One HTTP/1.1 message from bytes as they come, for measuring: Beast's parser, and nothing is kept. A body of known
/// length is counted here. Thread: one.
template <bool isRequest>
class HttpReader final : private boost::beast::http::basic_parser<isRequest> {
    using Base = boost::beast::http::basic_parser<isRequest>;
    using Text = boost::beast::string_view;
    using Error = boost::beast::error_code;

public:
    HttpReader()
    {
        this->body_limit(boost::none);
        this->header_limit(65536);
    }

    /// Takes from the front of `bytes`; `onBody(std::string_view)` hears each piece of the body.
    /// How many bytes were taken; the others are to come again, with more behind them, or belong to the next message.
    template <typename OnBody>
    std::size_t feed(std::string_view bytes, OnBody onBody)
    {
        std::size_t used = 0;
        while (!done_ && !failed_) {
            if (headDone_ && !chunked_) {
                const auto piece = std::min<std::uint64_t>(left_, bytes.size() - used);
                if (piece > 0) onBody(bytes.substr(used, piece));
                used += piece;
                left_ -= piece;
                done_ = left_ == 0;
                break;
            }
            // Whatever is left of a chunked body ends with "0 CRLF CRLF"; Beast's assertions need that much.
            if (bytes.size() - used < (headDone_ ? 5U : 1U)) break;
            Error error;
            pieces_ = {};
            used += this->put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
            if (!pieces_.empty()) onBody(pieces_);
            if (error == boost::beast::http::error::need_more) break;
            failed_ = static_cast<bool>(error);
            if (!headDone_ && this->is_header_done()) {
                headDone_ = true;
                chunked_ = this->chunked();
                left_ = this->content_length().value_or(0);
                done_ = !chunked_ && left_ == 0;
            } else if (headDone_) {
                done_ = this->is_done();
            }
        }
        return used;
    }

    bool headDone() const { return headDone_; }
    bool done() const { return done_; }
    bool failed() const { return failed_; }
    unsigned status() const { return status_; }          ///< of a response
    std::string_view method() const { return method_; }  ///< of a request; good while its bytes are
    std::string_view target() const { return target_; }

private:
    void on_request_impl(boost::beast::http::verb, Text method, Text target, int, Error&) override
    {
        method_ = {method.data(), method.size()};
        target_ = {target.data(), target.size()};
    }
    void on_response_impl(int status, Text, int, Error&) override { status_ = static_cast<unsigned>(status); }
    void on_field_impl(boost::beast::http::field, Text, Text, Error&) override {}
    void on_header_impl(Error&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
    std::size_t on_body_impl(Text, Error&) override { return 0; }  // counted by feed()
    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Error&) override
    {
        pieces_ = {bytes.data(), bytes.size()};  // one for each put()
        return bytes.size();
    }
    void on_finish_impl(Error&) override {}

    std::uint64_t left_ = 0;
    unsigned status_ = 0;
    std::string_view method_, target_, pieces_;
    bool headDone_ = false, chunked_ = false, done_ = false, failed_ = false;
};

}  // namespace millrace::bench
