// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/request_parser.h"

#include "http/beast.h"
#include "http/http_refusal.h"

#include <optional>
#include <utility>

namespace millrace::http {

namespace {

using Error = boost::system::error_code;
using Text = boost::beast::string_view;

std::string_view standard(Text text)
{
    return {text.data(), text.size()};
}

/// Fills a RequestHead, and a string with a chunked body.
class PushParser final : public beast::basic_parser<true> {
public:
    RequestHead* head = nullptr;
    std::string* body = nullptr;
    bool headDone = false;
    bool unsupportedTransferEncoding = false;

private:
    void on_request_impl(beast::verb, Text method, Text target, int version, Error&) override
    {
        head->start(standard(method), standard(target), version);
    }
    void on_response_impl(int, Text, int, Error&) override {}
    void on_field_impl(beast::field field, Text name, Text value, Error&) override
    {
        if (headDone) return;  // trailers are ignored
        if (field == beast::field::transfer_encoding && !sameName(standard(value), "chunked"))
            unsupportedTransferEncoding = true;
        head->add(standard(name), standard(value));
    }
    void on_header_impl(Error&) override { headDone = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
    std::size_t on_body_impl(Text, Error&) override { return 0; }  // bodies of known length bypass the parser
    void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Error&) override
    {
        body->append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_finish_impl(Error&) override {}
};

}  // namespace

struct RequestParser::Impl {
    const Settings settings;
    std::optional<PushParser> parser;
    std::uint32_t headerBytesMax = 0;
    std::uint64_t bodyBytesMax = 0;
    std::uint64_t headBytes = 0;  // so far
    bool bodyBegun = false;
    Status problem;

    Fed failed(std::size_t used, const Error& error)
    {
        if (error == beast::error::header_limit)
            problem = httpRefusal(431, "the request headers are larger than " + std::to_string(headerBytesMax) +
                                           " bytes" + Settings::mention(settings.header));
        else if (error == beast::error::body_limit)
            problem = httpRefusal(413, "the request body is larger than " + std::to_string(bodyBytesMax) + " bytes" +
                                           Settings::mention(settings.body));
        else
            problem = httpRefusal(400, "malformed HTTP/1.1 request: " + error.message());
        return {used, Step::Failed};
    }
};

std::string RequestParser::Settings::mention(const char* setting)
{
    return *setting == '\0' ? std::string() : " (" + std::string(setting) + ")";
}

RequestParser::RequestParser(Settings settings) : impl_(settings, std::nullopt, 0U, 0U, 0U, false, Status()) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset(std::uint32_t headerBytesMax)
{
    impl_->parser.emplace();
    impl_->parser->header_limit(headerBytesMax);
    impl_->parser->body_limit(boost::none);
    impl_->headerBytesMax = headerBytesMax;
    impl_->headBytes = 0;
    impl_->bodyBegun = false;
    impl_->problem = Status();
}

RequestParser::Fed RequestParser::head(std::string_view bytes, RequestHead& head)
{
    PushParser& parser = *impl_->parser;
    parser.head = &head;
    Error error;
    const std::size_t used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    // Beast consumes whole lines and applies its limit to each call separately.
    impl_->headBytes += used;
    if (impl_->headBytes > impl_->headerBytesMax) error = beast::error::header_limit;
    if (error && error != beast::error::need_more) return impl_->failed(used, error);
    if (!parser.is_header_done()) return {used, Step::NeedMore};
    if (parser.unsupportedTransferEncoding) {
        impl_->problem = httpRefusal(501, "only the transfer encoding \"chunked\" is supported");
        return {used, Step::Failed};
    }
    head.keepAlive = parser.keep_alive();
    head.chunked = parser.chunked();
    if (const auto length = parser.content_length()) head.length = *length;
    return {used, Step::Done};
}

RequestParser::Fed RequestParser::chunks(std::string_view bytes, std::string& body, std::uint64_t bytesMax)
{
    PushParser& parser = *impl_->parser;
    parser.body = &body;
    if (!std::exchange(impl_->bodyBegun, true)) {
        impl_->bodyBytesMax = bytesMax;
        parser.body_limit(bytesMax);  // set once: Beast counts it down
    }
    std::size_t used = 0;
    while (!parser.is_done()) {
        // Beast asserts that at least "0 CRLF CRLF" is available at the start of a chunk.
        if (bytes.size() - used < 5) return {used, Step::NeedMore};
        Error error;
        const std::size_t step = parser.put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
        used += step;
        if (error == beast::error::need_more) return {used, Step::NeedMore};
        if (error) return impl_->failed(used, error);
    }
    return {used, Step::Done};
}

const Status& RequestParser::problem() const
{
    return impl_->problem;
}

}  // namespace millrace::http
