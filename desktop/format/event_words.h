// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QString>

namespace millrace::desktop::format {

/// What the console calls a control::EventKind, in its language; `name` where it is unspecified: the engine found an
/// event of another version.
QString eventKindText(int kind, const QString& name = {});
/// "model_preloaded": as the engine's log and the exported table have it, whatever the language.
QString eventKindName(const control::Event& event);

/// What the engine, a backend or a client wrote, within a sentence of the console: set apart by quotation marks, since
/// it may be of another language, and without the full stop that the sentence has itself. Empty stays empty.
QString quoted(const QString& text);

}  // namespace millrace::desktop::format
