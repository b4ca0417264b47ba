// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/model_name.h"

#include "base/text.h"

#include <string>

namespace millrace::serve {

Status checkName(std::string_view name, const char* field)
{
    constexpr std::size_t kShown = 64;
    const std::string what = field;
    if (name.empty()) return withField(invalidArgument(what + " is required"), what);
    if (name.size() > kNameBytesMax)
        return withField(invalidArgument(what + " '" + washed(name, kShown) + "' has " + std::to_string(name.size()) +
                                         " bytes; a name may have at most " + std::to_string(kNameBytesMax)),
                         what);
    if (!isWashed(name, kNameBytesMax))
        return withField(invalidArgument(what + " '" + washed(name, kShown) +
                                         "' must be UTF-8 without control or invisible characters"),
                         what);
    return absl::OkStatus();
}

}  // namespace millrace::serve
