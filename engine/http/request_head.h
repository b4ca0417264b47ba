// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::http {

/// The first part of a request. Kept in memory that is reused, so that a request costs no allocations.
class RequestHead {
public:
    void clear();
    void start(std::string_view method, std::string_view target, int version);
    void add(std::string_view name, std::string_view value) { fields_.add(name, value); }

    std::string_view method() const { return std::string_view(line_).substr(0, methodSize_); }
    std::string_view target() const { return std::string_view(line_).substr(methodSize_); }
    /// Target up to the "?"; of an absolute form ("http://host/path") the path alone.
    std::string_view path() const;
    /// Path and query as they came, without host.
    std::string_view resource() const;
    /// "?" and what follows it; empty: there is none.
    std::string_view query() const;
    /// Host of an absolute-form target; empty: there is none.
    std::string_view authority() const;
    int version() const { return version_; }  ///< 10, 11 or 20
    /// Value of the first field of that name; empty: not there.
    std::optional<std::string_view> find(std::string_view name) const { return fields_.find(name); }
    std::size_t count(std::string_view name) const { return fields_.count(name); }
    /// Whether `matches` is true of the value of any field of that name.
    template <typename Matches>
    bool any(std::string_view name, Matches matches) const
    {
        return fields_.any(name, std::move(matches));
    }
    /// All of them, as they came.
    const HttpFields& fields() const { return fields_; }

    bool keepAlive = true;
    bool chunked = false;
    std::optional<std::uint64_t> length;  ///< Content-Length
    bool hasBody() const { return chunked || length.value_or(0) > 0; }

private:
    std::string line_;  // method and target
    std::size_t methodSize_ = 0;
    HttpFields fields_;
    int version_ = 11;
};

}  // namespace millrace::http
