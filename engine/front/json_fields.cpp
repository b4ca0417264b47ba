// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/json_fields.h"

namespace millrace::front {

Status at(const std::string& field, const std::string& message)
{
    return withField(invalidArgument(message), field);
}

bool isSyntax(simdjson::error_code error)
{
    switch (error) {
        case simdjson::TAPE_ERROR:
        case simdjson::DEPTH_ERROR:
        case simdjson::STRING_ERROR:
        case simdjson::T_ATOM_ERROR:
        case simdjson::F_ATOM_ERROR:
        case simdjson::N_ATOM_ERROR:
        case simdjson::UTF8_ERROR:
        case simdjson::EMPTY:
        case simdjson::UNESCAPED_CHARS:
        case simdjson::UNCLOSED_STRING:
        case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
        case simdjson::TRAILING_CONTENT:
            return true;
        default:
            return false;
    }
}

Status wrong(simdjson::error_code error, const std::string& field, const std::string& wanted)
{
    if (isSyntax(error)) return invalidArgument("request body is not valid JSON");  // the caller adds the position
    return at(field, "must be " + wanted);
}

}  // namespace millrace::front
