// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"

#include "base/eight_bytes.h"

#include <boost/locale/utf.hpp>

#include <algorithm>

namespace millrace {

namespace {

using Utf8 = boost::locale::utf::utf_traits<char>;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

bool isPlain(char c)
{
    return c >= 0x20 && c < 0x7f;
}

/// Characters that change how their neighbours are shown, or that a terminal obeys.
bool isHidden(char32_t point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x61c || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
           (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe007f);
}

/// Whether all of the eight bytes at `at` are printable ASCII.
bool arePlain(const char* at)
{
    const std::uint64_t bytes = eight::load(at);
    return ((bytes | (bytes + eight::kOnes) | (bytes - eight::kOnes * 0x20)) & eight::kHighs) == 0;
}

/// Whether U+00A0 to U+00FF is at `at`: the "·" of each client's name is.
bool isLatin(const char* at)
{
    const auto lead = static_cast<unsigned char>(at[0]), rest = static_cast<unsigned char>(at[1]);
    return (lead == 0xC2 && rest >= 0xA0 && rest < 0xC0) || (lead == 0xC3 && rest >= 0x80 && rest < 0xC0);
}

bool isClean(std::string_view text)
{
    const char* place = text.data();
    const char* const end = place + text.size();
    while (place != end) {
        if (end - place >= 8 && arePlain(place)) {
            place += 8;
            continue;
        }
        if (text.size() >= 8 && end - place < 8 && arePlain(end - 8)) return true;
        if (isPlain(*place)) {
            ++place;
            continue;
        }
        if (end - place >= 2 && isLatin(place)) {
            place += 2;
            continue;
        }
        const char32_t point = Utf8::decode(place, end);
        if (point == boost::locale::utf::illegal || point == boost::locale::utf::incomplete || isHidden(point))
            return false;
    }
    return true;
}

std::string wash(std::string_view text, std::size_t bytesMax)
{
    std::string out;
    out.reserve(std::min(text.size(), bytesMax) + kReplacement.size());
    std::size_t fits = 0;  // length of `out` with which the ellipsis still fits
    const char* place = text.data();
    const char* const end = place + text.size();
    while (place != end) {
        const char* const begin = place;
        const char32_t point = Utf8::decode(place, end);
        if (point == boost::locale::utf::illegal || point == boost::locale::utf::incomplete) {
            place = begin + 1;
            while (place != end && (static_cast<unsigned char>(*place) & 0xc0) == 0x80) ++place;
            out += kReplacement;
        } else if (point == '\t' || point == '\n' || point == '\r') {
            out += ' ';
        } else if (isHidden(point)) {
            out += kReplacement;
        } else {
            out.append(begin, place);
        }
        if (out.size() + kEllipsis.size() <= bytesMax) fits = out.size();
        if (out.size() > bytesMax) {
            out.resize(fits);
            out += kEllipsis;
            return out;
        }
    }
    return out;
}

}  // namespace

bool isWashed(std::string_view text, std::size_t bytesMax)
{
    if (text.size() > bytesMax) return false;
    return isClean(text);
}

std::string washed(std::string_view text, std::size_t bytesMax)
{
    if (text.size() <= bytesMax && isClean(text)) return std::string(text);
    return wash(text, bytesMax);
}

std::string washed(std::string&& text, std::size_t bytesMax)
{
    if (text.size() <= bytesMax && isClean(text)) return std::move(text);
    return wash(text, bytesMax);
}

std::string quotedName(std::string_view name)
{
    return "'" + washed(name, kNameBytesMax) + "'";
}

}  // namespace millrace
