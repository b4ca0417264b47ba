// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/json_text.h"

#include <QtCore/QObject>
#include <QtCore/QUrl>
#include <QtQml/qqmlregistration.h>

#include <functional>
#include <memory>

namespace millrace::config::v1 {
class Config;
}

namespace millrace::desktop {

/// The configuration as a text to edit. What is typed is never replaced: not by an error, not by another client's
/// change; while nothing is typed, the text follows the pending edits.
///
/// Bound: kBytesMax of text.
class JsonViewModel : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the settings page has one")
    Q_PROPERTY(QString text READ text NOTIFY replaced FINAL)  ///< what the editor is to show from now on
    Q_PROPERTY(bool dirty READ isDirty NOTIFY changed FINAL)  ///< typed, and not added to the pending changes
    Q_PROPERTY(QString problem READ problem NOTIFY changed FINAL)
    Q_PROPERTY(QString place READ place NOTIFY changed FINAL)      ///< "line 3, column 12"
    Q_PROPERTY(int problemAt READ problemAt NOTIFY changed FINAL)  ///< characters from the start; -1: none
    Q_PROPERTY(int problemLength READ problemLength NOTIFY changed FINAL)
    Q_PROPERTY(int problemLineEnd READ problemLineEnd NOTIFY changed FINAL)
public:
    static constexpr qint64 kBytesMax = 1 << 20;

    explicit JsonViewModel(QObject* parent = nullptr);
    ~JsonViewModel() override;

    QString text() const { return text_; }
    bool isDirty() const { return dirty_; }
    QString problem() const { return problem_.message; }
    QString place() const;
    int problemAt() const { return problem_.isNone() ? -1 : static_cast<int>(problem_.at); }
    int problemLength() const { return static_cast<int>(problem_.length); }
    int problemLineEnd() const;

    /// The configuration with the pending edits: shown, unless there is unaccepted text.
    void follow(const config::v1::Config& config);
    /// What the engine finds wrong with the pending edits, marked in the text; null: nothing. What is typed is another
    /// text than the engine has validated, and keeps its own.
    void setProblem(const control::FieldProblem* refusal);
    /// Takes up a text from before; what is not JSON is kept, too.
    void restore(const QString& text) { replace(text); }

    using Accepted = std::function<void(const config::v1::Config& from, const config::v1::Config& to)>;
    void onAccepted(Accepted accepted) { accepted_ = std::move(accepted); }

    Q_INVOKABLE void edit(const QString& text);  ///< what is in the editor now
    Q_INVOKABLE bool accept();                   ///< adds what was typed to the pending changes; false: see problem
    Q_INVOKABLE void revert();                   ///< forgets what was typed
    Q_INVOKABLE void importText(const QString& text);
    Q_INVOKABLE void importFile(const QUrl& file);
    Q_INVOKABLE void importClipboard();
    Q_INVOKABLE int offsetOf(const QString& path) const;  ///< -1: the text does not have it

Q_SIGNALS:
    void replaced();
    void changed();
    void imported(bool added);  ///< false: the text is in the editor, with what is wrong about it

private:
    void replace(const QString& text);
    void check();

    QString text_;
    bool dirty_ = false;
    std::unique_ptr<config::v1::Config> base_;     // what the text was before it was edited
    std::unique_ptr<config::v1::Config> pending_;  // the newest
    json_text::Problem problem_;
    Accepted accepted_;
};

}  // namespace millrace::desktop
