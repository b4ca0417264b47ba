// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/json_text.h"

#include <boost/json/basic_parser_impl.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// JSON read as a row of events: checked to its last byte, bounded in depth, nothing built.
/// Heavy to compile: for the .cpp files that read client's JSON only.
namespace millrace::front {

/// Ignores everything; handlers hide what they want to hear. Names and arguments are Boost.JSON's.
struct JsonEvents {
    using Error = boost::system::error_code;
    using Text = boost::json::string_view;
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&) { return true; }
    bool on_object_end(std::size_t, Error&) { return true; }
    bool on_array_begin(Error&) { return true; }
    bool on_array_end(std::size_t, Error&) { return true; }
    bool on_key_part(Text, std::size_t, Error&) { return true; }
    bool on_key(Text, std::size_t, Error&) { return true; }
    bool on_string_part(Text, std::size_t, Error&) { return true; }
    bool on_string(Text, std::size_t, Error&) { return true; }
    bool on_number_part(Text, Error&) { return true; }
    bool on_int64(std::int64_t, Text, Error&) { return true; }
    bool on_uint64(std::uint64_t, Text, Error&) { return true; }
    bool on_double(double, Text, Error&) { return true; }
    bool on_bool(bool, Error&) { return true; }
    bool on_null(Error&) { return true; }
    bool on_comment_part(Text, Error&) { return true; }
    bool on_comment(Text, Error&) { return true; }
};

template <typename Handler>
struct HeardJson {
    Handler handler;
    std::optional<std::string> problem;
};

template <typename Handler>
HeardJson<Handler> hearJson(std::string_view text)
{
    boost::json::parse_options options;
    options.max_depth = kJsonDepthMax;
    boost::json::basic_parser<Handler> parser(options);
    boost::system::error_code error;
    std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    HeardJson<Handler> heard;
    if (!error) {
        while (used < text.size() && std::string_view(" \t\r\n").find(text[used]) != std::string_view::npos) ++used;
        if (used < text.size()) error = boost::json::error::extra_data;
    }
    if (error) {
        // A text that just stops is "incomplete", whatever the parser was doing when it did.
        const bool cut = error == boost::json::error::incomplete;
        heard.problem = (cut ? std::string("it ends too early") : error.message()) + " at " + placeIn(text, used);
    }
    heard.handler = std::move(parser.handler());
    return heard;
}

}  // namespace millrace::front
