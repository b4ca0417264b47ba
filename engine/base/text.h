// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The door for texts from outside (clients, backends, files): what has passed it may be kept, logged, shown and put
/// into a protobuf string. Pure. Thread: any.
namespace millrace {

inline constexpr std::size_t kNameBytesMax = 256;      ///< of names: models, clients, ids
inline constexpr std::size_t kSentenceBytesMax = 512;  ///< of one decision or one reason
inline constexpr std::size_t kMessageBytesMax = 2048;  ///< of an event, or of an error's message

/// `text` as valid UTF-8 of at most `bytesMax` bytes on one line: invalid bytes become U+FFFD; line breaks and tabs
/// become spaces; control, bidirectional and other invisible formatting characters become U+FFFD. What is longer is
/// cut between characters and ends in "…". `bytesMax` is at least 4.
std::string washed(std::string_view text, std::size_t bytesMax = kSentenceBytesMax);
/// The same for a text that is given away: nothing is copied where nothing has to change.
std::string washed(std::string&& text, std::size_t bytesMax = kSentenceBytesMax);

/// Whether washed() would return `text` as it is.
bool isWashed(std::string_view text, std::size_t bytesMax = kSentenceBytesMax);

}  // namespace millrace
