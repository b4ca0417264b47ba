// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "phrases.pb.h"

#include <string>
#include <vector>

namespace millrace::desktop::script {

/// A sentence of the made-up engine, with its English as the engine has it.
struct Sentence {
    control::Sentence words;
    std::string english;
};

control::SentenceValue name(const std::string& text);
control::SentenceValue quote(const std::string& text);
control::SentenceValue figure(double number, control::ValueUnit unit = control::VALUE_UNIT_COUNT);
control::SentenceValue part(const Sentence& sentence);
inline control::SentenceValue ms(double number)
{
    return figure(number, control::VALUE_UNIT_MILLISECONDS);
}
inline control::SentenceValue share(double number)
{
    return figure(number, control::VALUE_UNIT_SHARE);
}
inline control::SentenceValue rows(double number)
{
    return figure(number, control::VALUE_UNIT_ROWS);
}

Sentence say(control::Phrase phrase, const std::vector<control::SentenceValue>& values = {});

}  // namespace millrace::desktop::script
