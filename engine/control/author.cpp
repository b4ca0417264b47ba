// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/author.h"

namespace millrace::control {

std::string authorWord(v1::Author author)
{
    switch (author) {
        case v1::AUTHOR_CONSOLE:
            return "console";
        case v1::AUTHOR_MILLRACECTL:
            return "millracectl";
        case v1::AUTHOR_FILE:
            return "file";
        case v1::AUTHOR_FLAG:
            return "flag";
        case v1::AUTHOR_GUARD:
            return "guard";
        case v1::AUTHOR_UNSPECIFIED:
        case v1::Author_INT_MIN_SENTINEL_DO_NOT_USE_:
        case v1::Author_INT_MAX_SENTINEL_DO_NOT_USE_:
            break;
    }
    return {};
}

v1::Author authorOf(const std::string& word)
{
    for (int number = v1::Author_MIN; number <= v1::Author_MAX; ++number)
        if (const auto author = static_cast<v1::Author>(number); authorWord(author) == word) return author;
    return v1::AUTHOR_UNSPECIFIED;
}

}  // namespace millrace::control
