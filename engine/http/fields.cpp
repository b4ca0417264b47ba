// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/fields.h"

#include <boost/beast/core/string.hpp>

namespace millrace::http {

bool sameName(std::string_view left, std::string_view right)
{
    return boost::beast::iequals({left.data(), left.size()}, {right.data(), right.size()});
}

std::string_view fieldValue(const HttpFields& fields, std::string_view name)
{
    for (const HttpField& field : fields)
        if (sameName(field.name, name)) return field.value;
    return {};
}

}  // namespace millrace::http
