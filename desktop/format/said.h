// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "phrases.pb.h"

#include <QtCore/QString>

#include <string>

namespace millrace::desktop::format {

/// A sentence of the engine in the console's language. Without a known phrase: the engine's English text as a quote.
/// All text of the engine is shown through this.   Thread: GUI.
QString said(const millrace::control::v1::Sentence& sentence, const std::string& english);
/// The same without the explanation: "increased from 32 to 35 rows".
QString saidShortly(const millrace::control::v1::Sentence& sentence, const std::string& english);

}  // namespace millrace::desktop::format
