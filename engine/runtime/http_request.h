// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::runtime {

/// A request as far as this server looks at it. Other fields are read over, whatever their length: Beast's own message
/// takes none beyond 64 KiB, and the engine passes its clients' on.
class Request {
public:
    boost::beast::http::verb method() const { return method_; }
    const std::string& methodName() const { return methodName_; }
    const std::string& target() const { return target_; }
    unsigned version() const { return version_; }
    bool keep_alive() const { return keepAlive_; }
    bool expectsContinue() const { return expectsContinue_; }
    const std::string& body() const { return body_; }
    /// Host, Origin and Sec-Fetch-Site as they came.
    using Field = std::pair<boost::beast::http::field, std::string>;
    const std::vector<Field>& origins() const { return origins_; }

private:
    friend class RequestParser;
    boost::beast::http::verb method_ = boost::beast::http::verb::unknown;
    std::string methodName_, target_, body_;
    unsigned version_ = 11;
    bool keepAlive_ = false, expectsContinue_ = false;
    std::vector<Field> origins_;
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
public:
    const Request& request() const { return request_; }
    Request take() { return std::move(request_); }

private:
    using View = boost::beast::string_view;
    using Error = boost::beast::error_code;
    using Verb = boost::beast::http::verb;
    using FieldName = boost::beast::http::field;
    static constexpr std::size_t kReservedMax = 1 << 20;  ///< of a body that was only announced

    void on_request_impl(Verb verb, View method, View target, int version, Error&) override
    {
        request_.method_ = verb;
        request_.methodName_.assign(method.data(), method.size());
        request_.target_.assign(target.data(), target.size());
        request_.version_ = static_cast<unsigned>(version);
    }
    void on_response_impl(int, View, int, Error&) override {}
    void on_field_impl(FieldName name, View nameText, View value, Error&) override
    {
        const auto is = [](View text, std::string_view word) {
            return http::sameName(std::string_view(text.data(), text.size()), word);
        };
        if (name == FieldName::expect && is(value, "100-continue")) request_.expectsContinue_ = true;
        const bool site = is(nameText, "sec-fetch-site");
        if (name == FieldName::host || name == FieldName::origin || site)
            request_.origins_.emplace_back(site ? FieldName::unknown : name, std::string(value.data(), value.size()));
    }
    void on_header_impl(Error&) override { request_.keepAlive_ = keep_alive(); }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) override
    {
        if (length) request_.body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, kReservedMax)));
    }
    std::size_t on_body_impl(View body, Error&) override
    {
        request_.body_.append(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, View body, Error& error) override
    {
        return on_body_impl(body, error);
    }
    void on_finish_impl(Error&) override {}

    Request request_;
};

}  // namespace millrace::runtime
