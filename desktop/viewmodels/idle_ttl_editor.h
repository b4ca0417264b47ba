// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QObject>
#include <QtCore/QString>
#include <QtCore/QStringList>
#include <QtQml/qqmlregistration.h>

#include <optional>

namespace millrace::desktop {

/// Chooses the time to live of one model: as the settings say, one of a few spans, never, or one that is typed.
///
/// Owner:  ModelsViewModel, which opens it and connects to applied().     Thread: GUI.
/// Bound:  a span of one's own is more than 0 and at most what loader.idle_ttl_ms may be; the engine judges last.
class IdleTtlEditor : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the models page has one")
    Q_PROPERTY(QString model READ model NOTIFY opened FINAL)
    Q_PROPERTY(QString holds READ holds NOTIFY opened FINAL)  ///< what is in force, in words
    Q_PROPERTY(QStringList choices READ choices NOTIFY opened FINAL)
    Q_PROPERTY(QStringList units READ units NOTIFY opened FINAL)
    Q_PROPERTY(int choice READ choice WRITE setChoice NOTIFY changed FINAL)  ///< of choices
    Q_PROPERTY(bool custom READ isCustom NOTIFY changed FINAL)               ///< amount and unit count
    Q_PROPERTY(QString amount READ amount WRITE setAmount NOTIFY changed FINAL)
    Q_PROPERTY(int unit READ unit WRITE setUnit NOTIFY changed FINAL)   ///< of units
    Q_PROPERTY(QString problem READ problem NOTIFY changed FINAL)       ///< of the amount; empty: fine
    Q_PROPERTY(bool acceptable READ isAcceptable NOTIFY changed FINAL)  ///< apply() does something
public:
    using Ttl = std::optional<quint64>;  ///< in ms, 0: never; empty: as the settings say

    explicit IdleTtlEditor(QObject* parent = nullptr) : QObject(parent) {}

    /// `own`: of the model itself. `setting`: of loader.idle_ttl_ms.
    void open(const QString& model, const QString& holds, Ttl own, Ttl setting);

    QString model() const { return model_; }
    QString holds() const { return holds_; }
    QStringList choices() const;
    static QStringList units();
    int choice() const { return choice_; }
    void setChoice(int choice);
    bool isCustom() const;
    QString amount() const { return amount_; }
    void setAmount(const QString& amount);
    int unit() const { return unit_; }
    void setUnit(int unit);
    QString problem() const;
    bool isAcceptable() const { return problem().isEmpty() && !(isCustom() && amount_.trimmed().isEmpty()); }

    Q_INVOKABLE void apply();  ///< nothing while it is not acceptable

Q_SIGNALS:
    void opened();
    void changed();
    void applied(const QString& model, std::optional<quint64> ttl);

private:
    std::optional<double> typedMs() const;  ///< empty: no number

    QString model_, holds_, amount_;
    Ttl setting_;
    int choice_ = 0;
    int unit_ = 0;
};

}  // namespace millrace::desktop
