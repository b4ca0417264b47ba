// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QString>

namespace millrace::desktop::format {

/// The translated name of a control::EventKind. `name` is used if it is unspecified, as for events of another version.
QString eventKindText(int kind, const QString& name = {});
/// The untranslated name, as in the engine's log and in exports: "model_preloaded".
QString eventKindName(const control::Event& event);

/// Foreign text (of the engine, a backend or a client) for use within a sentence: in quotation marks, since it may be
/// in another language, and without a trailing full stop. Empty stays empty.
QString quoted(const QString& text);

}  // namespace millrace::desktop::format
