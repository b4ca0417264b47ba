// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"

#include <QtCore/QString>

namespace millrace::config::v1 {
class Config;
}

/// JSON configurations for the editor: written and parsed by the engine's configuration library, so that both accept
/// the same; and the position of a setting in the text. Pure.
namespace millrace::desktop::json_text {

/// An error in a text; without a message: none.
struct Problem {
    QString message;
    QString path;          ///< the setting at fault; empty: not valid JSON
    qsizetype at = 0;      ///< position in characters
    qsizetype length = 0;  ///< length in characters; 0: something is missing there
    bool isNone() const { return message.isEmpty(); }
};

QString write(const config::v1::Config& config);

/// Parses `text` into `config`, which is unchanged on an error. Ranges are validated by the engine.
Problem read(const QString& text, config::v1::Config& config);

/// A refused setting, marked in the text: "path message".
Problem problemIn(const QString& text, const control::FieldProblem& refusal);

/// The position of a setting's name in valid JSON, or of the innermost group of it that is present; {}: none.
struct Place {
    qsizetype at = -1;
    qsizetype length = 0;
};
Place find(const QString& text, const QString& path);

/// Line and column of a position, from 1.
int lineOf(const QString& text, qsizetype at);
int columnOf(const QString& text, qsizetype at);

}  // namespace millrace::desktop::json_text
