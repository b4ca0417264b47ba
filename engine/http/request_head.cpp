// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/request_head.h"

#include "http/field_policy.h"

#include <algorithm>

namespace millrace::http {

namespace {

constexpr std::size_t kAddedOnTheWay = 3;  // Via, Authorization, Accept-Encoding

}  // namespace

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
        if (field.name.size == name.size() && sameName(view(field.name), name)) return view(field.value);
    return std::nullopt;
}

std::size_t RequestHead::count(std::string_view name) const
{
    return static_cast<std::size_t>(std::count_if(
        fields_.begin(), fields_.end(), [&](const Field& field) { return sameName(view(field.name), name); }));
}

HttpFields RequestHead::forwarded() const
{
    HttpFields some;
    some.reserve(fields_.size() + kAddedOnTheWay);
    bool names = false;  // Connection names others
    for (const Field& field : fields_) {
        // Most end here.
        const std::string_view name = view(field.name);
        if (upward(name) == Upward::Drop) {
            if (!sameName(name, "connection")) continue;
            names = true;
        }
        some.push_back({std::string(name), std::string(view(field.value))});
    }
    if (names) return forBackend(std::move(some));
    return some;
}

}  // namespace millrace::http
