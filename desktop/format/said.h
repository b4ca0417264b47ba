// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "phrases.pb.h"

#include <QtCore/QString>

#include <string>

namespace millrace::desktop::format {

/// What the engine says, in the language of the console. What has no phrase, or one that only a newer engine knows, is
/// the engine's text as a quote. No text of the engine is shown otherwise.   Thread: GUI.
QString said(const millrace::control::v1::Sentence& sentence, const std::string& english);
/// The same up to what explains it: "increased from 32 to 35 rows".
QString saidShortly(const millrace::control::v1::Sentence& sentence, const std::string& english);

}  // namespace millrace::desktop::format
