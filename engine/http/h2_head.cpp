// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/h2_head.h"

#include "base/number.h"

namespace millrace::http {

void readHead(const HttpFields& fields, RequestHead& head)
{
    const auto authority = fields.get(":authority");
    head.start(fields.get(":method"), fields.get(":path"), 20);
    if (!authority.empty()) head.add("host", authority);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto [name, value] = fields[i];
        if (name.starts_with(':') || (name == "host" && sameName(value, authority))) continue;
        head.add(name, value);
        if (name != "content-length") continue;
        if (const auto length = readNumber<std::uint64_t>(value)) head.length = *length;
    }
}

}  // namespace millrace::http
