// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::http {

/// Request line and header fields, filled by RequestParser (HTTP/1.1) or readHead() (HTTP/2). Reused from request to
/// request, so that a further request on a connection allocates nothing.
///
/// Thread: one. Views are valid until clear() or start().
class RequestHead {
public:
    void clear();
    void start(std::string_view method, std::string_view target, int version);
    void add(std::string_view name, std::string_view value) { fields_.add(name, value); }

    std::string_view method() const { return std::string_view(line_).substr(0, methodSize_); }
    std::string_view target() const { return std::string_view(line_).substr(methodSize_); }
    /// The target up to the "?"; only the path of an absolute form ("http://host/path").
    std::string_view path() const;
    /// Path and query as received, without the host.
    std::string_view resource() const;
    /// From the "?" on; empty: none.
    std::string_view query() const;
    /// Host and port of an absolute-form target; empty: none.
    std::string_view authority() const;
    int version() const { return version_; }  ///< 10, 11 or 20
    /// The value of the first field of that name; nullopt: there is none.
    std::optional<std::string_view> find(std::string_view name) const { return fields_.find(name); }
    std::size_t count(std::string_view name) const { return fields_.count(name); }
    /// True if `matches(value)` is, for any field of that name.
    template <typename Matches>
    bool any(std::string_view name, Matches matches) const
    {
        return fields_.any(name, std::move(matches));
    }
    const HttpFields& fields() const { return fields_; }

    bool keepAlive = true;                ///< the client may send another request on this connection
    bool chunked = false;                 ///< Transfer-Encoding: chunked
    std::optional<std::uint64_t> length;  ///< Content-Length; nullopt: none
    bool hasBody() const { return chunked || length.value_or(0) > 0; }

private:
    std::string line_;  // method and target
    std::size_t methodSize_ = 0;
    HttpFields fields_;
    int version_ = 11;
};

}  // namespace millrace::http
