// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/request_head.h"

#include "http/field_policy.h"

#include <algorithm>

namespace millrace::front {

namespace {

constexpr std::size_t kAddedOnTheWay = 3;  // Via, Authorization, Accept-Encoding

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

int hexDigit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string_view trimmed(std::string_view text)
{
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool hasToken(std::string_view list, std::string_view token)
{
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (equalsIgnoringCase(trimmed(list.substr(0, comma)), token)) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

std::optional<std::string> percentDecoded(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hexDigit(text[i + 1]), low = hexDigit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return std::nullopt;
        out += c;
    }
    return out;
}

void RequestHead::clear()
{
    text_.clear();
    fields_.clear();
    method_ = target_ = {};
    version_ = 11;
    keepAlive = true;
    chunked = false;
    length.reset();
}

void RequestHead::start(std::string_view method, std::string_view target, int version)
{
    method_ = keep(method);
    target_ = keep(target);
    version_ = version;
}

void RequestHead::add(std::string_view name, std::string_view value)
{
    Field field;
    field.name = keep(name);
    field.value = keep(value);
    fields_.push_back(field);
}

RequestHead::Span RequestHead::keep(std::string_view text)
{
    Span span;
    span.at = static_cast<std::uint32_t>(text_.size());
    span.size = static_cast<std::uint32_t>(text.size());
    text_.append(text);
    return span;
}

std::string_view RequestHead::resource() const
{
    const std::string_view whole = target();
    if (whole.starts_with('/')) return whole;
    const auto scheme = whole.find("://");
    if (scheme == std::string_view::npos) return whole;
    const auto slash = whole.find('/', scheme + 3);
    return slash == std::string_view::npos ? std::string_view("/") : whole.substr(slash);
}

std::string_view RequestHead::path() const
{
    const std::string_view rest = resource();
    return rest.substr(0, std::min(rest.find('?'), rest.find('#')));
}

std::string_view RequestHead::query() const
{
    const std::string_view rest = resource();
    const std::string_view query = rest.substr(path().size());
    return query.starts_with('?') ? query.substr(0, query.find('#')) : std::string_view();
}

std::string_view RequestHead::authority() const
{
    const std::string_view whole = target();
    if (whole.starts_with('/')) return {};
    const auto scheme = whole.find("://");
    if (scheme == std::string_view::npos) return {};
    const auto rest = whole.substr(scheme + 3);
    return rest.substr(0, rest.find_first_of("/?#"));
}

std::optional<std::string_view> RequestHead::find(std::string_view name) const
{
    for (const Field& field : fields_)
        if (field.name.size == name.size() && http::sameName(view(field.name), name)) return view(field.value);
    return std::nullopt;
}

std::size_t RequestHead::count(std::string_view name) const
{
    return static_cast<std::size_t>(std::count_if(fields_.begin(), fields_.end(), [&](const Field& field) {
        return equalsIgnoringCase(view(field.name), name);
    }));
}

http::HttpFields RequestHead::forwarded() const
{
    http::HttpFields some;
    some.reserve(fields_.size() + kAddedOnTheWay);
    bool names = false;  // Connection names others
    for (const Field& field : fields_) {
        // Most end here.
        const std::string_view name = view(field.name);
        if (http::upward(name) == http::Upward::Drop) {
            if (!http::sameName(name, "connection")) continue;
            names = true;
        }
        some.push_back({std::string(name), std::string(view(field.value))});
    }
    if (names) return http::forBackend(std::move(some));
    return some;
}

}  // namespace millrace::front
