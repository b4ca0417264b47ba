// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/error_output.h"

#include "base/text.h"
#include "ctl/connection.h"
#include "ctl/json_text.h"

#include <iostream>

namespace millrace::ctl {

namespace {

bool inJson = false;  // set once, by main()

}  // namespace

void printErrorsAsJson()
{
    inJson = true;
}

bool printsErrorsAsJson()
{
    return inJson;
}

int printError(const Status& status, int code)
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

int printError(const Status& status)
{
    return printError(status, kRefused);
}

}  // namespace millrace::ctl
