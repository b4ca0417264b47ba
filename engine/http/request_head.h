// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// The first part of a request. Kept in one piece of text that is reused, so that a request costs no allocations.
class RequestHead {
public:
    void clear();
    void start(std::string_view method, std::string_view target, int version);
    void add(std::string_view name, std::string_view value);

    std::string_view method() const { return view(method_); }
    std::string_view target() const { return view(target_); }
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
    std::optional<std::string_view> find(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    /// Whether `matches` is true of the value of any field of that name.
    template <typename Matches>
    bool any(std::string_view name, Matches matches) const
    {
        for (const Field& field : fields_)
            if (sameName(view(field.name), name) && matches(view(field.value))) return true;
        return false;
    }
    /// The fields that a backend gets: those that http/field_policy.h lets pass.
    HttpFields forwarded() const;

    bool keepAlive = true;
    bool chunked = false;
    std::optional<std::uint64_t> length;  ///< Content-Length

private:
    struct Span {
        std::uint32_t at = 0, size = 0;
    };
    struct Field {
        Span name, value;
    };
    Span keep(std::string_view text);
    std::string_view view(Span span) const { return std::string_view(text_).substr(span.at, span.size); }

    std::string text_;
    std::vector<Field> fields_;
    Span method_, target_;
    int version_ = 11;
};

}  // namespace millrace::http
