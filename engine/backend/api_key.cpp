// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/api_key.h"

#include "base/letters.h"

#include <algorithm>
#include <cstdlib>

namespace millrace::backend {

StatusOr<std::string> readApiKey(const std::string& variable)
{
    const char* value = std::getenv(variable.c_str());
    if (!value) return notFound("the variable " + variable + " is not set");
    std::string key(trimmed(value, " \t\r\n"));
    if (key.empty()) return notFound("the variable " + variable + " is empty");
    const bool sane = std::none_of(key.begin(), key.end(), [](char letter) {
        const auto code = static_cast<unsigned char>(letter);
        return code < 0x20 || code == 0x7f;
    });
    if (!sane)
        return withField(
            invalidArgument("the variable " + variable +
                            " holds a line break or another control character within the key; it cannot be "
                            "sent"),
            "api_key_env");
    return key;
}

}  // namespace millrace::backend
