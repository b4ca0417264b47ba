// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Sanitises text from outside (clients, backends, files). A washed text can be stored, logged, shown on a terminal and
/// put into a protobuf string.
///
///     record.client = washed(std::move(name), kNameBytesMax);
///
/// Pure. Thread: any. Not here: escaping for JSON or HTML.
namespace millrace {

inline constexpr std::size_t kNameBytesMax = 256;      ///< of names: models, clients, ids
inline constexpr std::size_t kSentenceBytesMax = 512;  ///< of a decision or a reason
inline constexpr std::size_t kMessageBytesMax = 2048;  ///< of an event, or of an error's message

/// `text` as one line of valid UTF-8 of at most `bytesMax` bytes. Line breaks and tabs become spaces; invalid bytes,
/// control characters, bidirectional and other invisible formatting characters become U+FFFD. Longer text is cut
/// between characters and ends in "…". REQUIRES: bytesMax >= 4.
std::string washed(std::string_view text, std::size_t bytesMax = kSentenceBytesMax);
/// The same without a copy if nothing has to change.
std::string washed(std::string&& text, std::size_t bytesMax = kSentenceBytesMax);

/// A name from outside within a sentence: washed, at most kNameBytesMax, in single quotes.
std::string quotedName(std::string_view name);

/// Whether washed() would return `text` as it is.
bool isWashed(std::string_view text, std::size_t bytesMax = kSentenceBytesMax);

}  // namespace millrace
