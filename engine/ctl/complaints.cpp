// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/complaints.h"

#include "base/text.h"
#include "ctl/connection.h"
#include "ctl/json_text.h"

#include <iostream>

namespace millrace::ctl {

namespace {

bool inJson = false;  // set once, by main()

}  // namespace

void complainInJson()
{
    inJson = true;
}

bool complainsInJson()
{
    return inJson;
}

int complain(const Status& status, int code)
{
    const std::string message = washed(text(status), kMessageBytesMax);
    if (!inJson) {
        std::cerr << "millracectl: " << message << '\n';
        return code;
    }
    std::cerr << "{\"error\": {\"message\": " << jsonQuoted(message) << ", \"code\": " << jsonQuoted(codeName(status));
    if (const auto field = fieldOf(status)) std::cerr << ", \"field\": " << jsonQuoted(washed(*field, kNameBytesMax));
    std::cerr << ", \"exit\": " << code << "}}\n";
    return code;
}

int complain(const Status& status)
{
    return complain(status, kRefused);
}

}  // namespace millrace::ctl
