// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/response_parser.h"

#include "http/beast.h"

#include <optional>

namespace millrace::http {

namespace {

constexpr std::size_t kLeastOfAChunk = 5;  // "0 CRLF CRLF"

/// Hop-by-hop fields.
bool isHop(beast::field name)
{
    switch (name) {
        case beast::field::connection:
        case beast::field::keep_alive:
        case beast::field::proxy_connection:
        case beast::field::te:
        case beast::field::trailer:
        case beast::field::transfer_encoding:
        case beast::field::upgrade:
            return true;
        default:
            return false;
    }
}

class PullParser final : public beast::basic_parser<false> {
    using View = boost::beast::string_view;
    using Error = boost::system::error_code;

public:
    PullParser(ResponseParser::Listener& listener, const ResponseParser::Limits& limits, bool bodyless)
        : listener_(listener), fieldsLeft_(limits.fields)
    {
        header_limit(limits.headBytes);
        body_limit(boost::none);
        skip(bodyless);
    }
    bool informational() const { return status_ >= 100 && status_ < 200; }
    unsigned status() const { return status_; }

private:
    static std::string_view standard(View text) { return {text.data(), text.size()}; }

    void on_request_impl(beast::verb, View, View, int, Error&) override {}
    void on_response_impl(int code, View, int, Error& error) override
    {
        status_ = static_cast<unsigned>(code);
        if (status_ < 100 || status_ > 599) error = beast::error::bad_status;
    }
    void on_field_impl(beast::field name, View nameText, View value, Error& error) override
    {
        if (informational() || is_header_done()) return;  // also skips trailers
        const bool hop = isHop(name);
        if (!hop && fieldsLeft_-- == 0) {
            error = beast::error::header_limit;
            return;
        }
        listener_.onField(standard(nameText), standard(value), hop);
    }
    void on_header_impl(Error&) override
    {
        if (!informational()) listener_.onHead(status_);
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
    std::size_t on_body_impl(View body, Error&) override { return add(body); }
    void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View body, Error&) override { return add(body); }
    void on_finish_impl(Error&) override {}

    std::size_t add(View body)
    {
        listener_.onBody(standard(body));
        return body.size();
    }

    ResponseParser::Listener& listener_;
    std::size_t fieldsLeft_;
    unsigned status_ = 0;
};

}  // namespace

struct ResponseParser::Impl {
    Listener& listener;
    const Limits limits;
    std::optional<PullParser> parser;
    bool bodyless = false;
    bool chunkBegun = false;      // part of a chunk header was parsed
    std::uint64_t headBytes = 0;  // so far
    std::string problem;

    Fed failed(std::size_t used, std::string why)
    {
        problem = std::move(why);
        return {used, Step::Failed};
    }
};

ResponseParser::ResponseParser(Listener& listener, Limits limits)
    : impl_(listener, limits, std::nullopt, false, false, 0U, std::string())
{}
ResponseParser::~ResponseParser() = default;

void ResponseParser::begin(bool bodyless)
{
    Impl& impl = *impl_;
    impl.parser.emplace(impl.listener, impl.limits, bodyless);
    impl.bodyless = bodyless;
    impl.chunkBegun = false;
    impl.headBytes = 0;
}

void ResponseParser::end()
{
    impl_->parser.reset();
}

ResponseParser::Fed ResponseParser::feed(std::string_view bytes)
{
    Impl& impl = *impl_;
    std::size_t used = 0;
    while (used < bytes.size()) {
        PullParser& parser = *impl.parser;
        // Beast asserts that five bytes are available at the start of a chunk; every chunk has as many.
        if (impl.chunkBegun && bytes.size() - used < kLeastOfAChunk) return {used, Step::NeedMore};
        impl.chunkBegun = false;
        const bool inHead = !parser.is_header_done();
        boost::system::error_code error;
        const std::size_t step = parser.put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
        used += step;
        if (inHead) {
            // Beast consumes whole lines and applies its limit to each call separately.
            impl.headBytes += step;
            if (impl.headBytes > impl.limits.headBytes) error = beast::error::header_limit;
            if (parser.is_header_done()) parser.eager(true);
        }
        if (error && error != beast::error::need_more) return impl.failed(used, error.message());
        if (parser.is_header_done() && parser.status() == 101)
            return impl.failed(used, "it switches to a protocol that was not requested");
        if (parser.is_done()) {
            if (!parser.informational()) return {used, Step::Done};
            impl.parser.emplace(impl.listener, impl.limits, impl.bodyless);
        } else if (error || step == 0) {
            impl.chunkBegun = parser.is_header_done() && parser.chunked();
            return {used, Step::NeedMore};
        }
    }
    return {used, Step::NeedMore};
}

bool ResponseParser::finish()
{
    PullParser& parser = *impl_->parser;
    if (!parser.is_header_done() || !parser.need_eof()) return false;
    boost::system::error_code error;
    parser.put_eof(error);
    return !error;
}

bool ResponseParser::headDone() const
{
    return impl_->parser && impl_->parser->is_header_done() && !impl_->parser->informational();
}

std::uint64_t ResponseParser::headBytes() const
{
    return impl_->headBytes;
}

bool ResponseParser::untilClose() const
{
    return impl_->parser->need_eof();
}

bool ResponseParser::keepsAlive() const
{
    return impl_->parser->keep_alive();
}

const std::string& ResponseParser::problem() const
{
    return impl_->problem;
}

}  // namespace millrace::http
