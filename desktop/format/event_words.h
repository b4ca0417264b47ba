// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QString>
#include <QtCore/QStringList>

namespace millrace::desktop::format {

/// What the console calls a kind of event ("model_preloaded"), in its language; the words of the kind itself where the
/// engine has one that was not known when the console was built.
QString eventKindText(const QString& kind);
QStringList eventKinds();

/// What the engine, a backend or a client wrote, within a sentence of the console: set apart by quotation marks, since
/// it may be of another language, and without the full stop that the sentence has itself. Empty stays empty.
QString quoted(const QString& text);

}  // namespace millrace::desktop::format
