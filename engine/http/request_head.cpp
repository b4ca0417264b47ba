// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/request_head.h"

#include <algorithm>

namespace millrace::http {

void RequestHead::clear()
{
    line_.clear();
    methodSize_ = 0;
    fields_.clear();
    version_ = 11;
    keepAlive = true;
    chunked = false;
    length.reset();
}

void RequestHead::start(std::string_view method, std::string_view target, int version)
{
    line_.assign(method).append(target);
    methodSize_ = method.size();
    version_ = version;
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

}  // namespace millrace::http
