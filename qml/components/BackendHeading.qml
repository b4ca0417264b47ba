// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// A backend above its settings: what it is and how it is, and what can be done with it.
Item {
    id: heading

    required property string title
    required property string help
    required property string note
    required property string problem
    required property int backendState
    required property int testState
    required property string testText
    required property bool testable
    required property bool removable
    required property bool healthy
    property bool writable: true

    signal testRequested
    signal removeRequested
    signal restoreRequested

    readonly property bool isRemoved: backendState === SettingList.Removed

    implicitHeight: frame.height + Theme.space.l + Theme.space.xs
    Accessible.role: Accessible.Heading
    Accessible.name: title + ", " + help + (note.length > 0 ? ", " + note : "")

    Rectangle {
        id: frame
        y: Theme.space.l
        width: parent.width
        height: lines.height + Theme.space.l
        radius: Theme.size.radiusSmall
        color: Theme.color.raised

        Column {
            id: lines
            x: Theme.space.m
            y: Theme.space.s
            width: tools.x - x - Theme.space.s
            spacing: Theme.space.xs
            Row {
                width: parent.width
                spacing: Theme.space.s
                Label {
                    id: name
                    width: Math.min(implicitWidth, parent.width * 0.5)
                    text: heading.title
                    font.weight: Font.DemiBold
                    font.strikeout: heading.isRemoved
                    color: heading.isRemoved ? Theme.color.textSecond : Theme.color.text
                }
                Label {
                    width: Math.max(0, parent.width - x)
                    height: name.height
                    text: heading.help
                    color: Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                }
            }
            Row {
                visible: heading.note.length > 0
                width: parent.width
                spacing: Theme.space.s - 2
                Dot {
                    anchors.verticalCenter: parent.verticalCenter
                    color: heading.backendState === SettingList.Active ? (heading.healthy ? Theme.color.ok : Theme.color.warning) : heading.isRemoved ? Theme.color.critical : Theme.color.accent
                }
                Label {
                    width: parent.width - x
                    text: heading.note
                    color: Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                }
            }
            Row {
                visible: heading.testText.length > 0
                width: parent.width
                spacing: Theme.space.xs
                SvgIcon {
                    name: heading.testState === SettingList.Reachable ? "check" : heading.testState === SettingList.Testing ? "clock" : "warning"
                    color: result.color
                    width: Theme.size.iconSmall
                    height: Theme.size.iconSmall
                }
                Label {
                    id: result
                    objectName: "test-result"
                    width: parent.width - Theme.size.iconSmall - Theme.space.xs
                    text: heading.testText
                    color: heading.testState === SettingList.Reachable ? Theme.color.ok : heading.testState === SettingList.Testing ? Theme.color.textSecond : Theme.color.warning
                    font.pixelSize: Theme.font.small
                    wrapMode: Text.Wrap
                    maximumLineCount: 4
                    elide: Text.ElideRight
                    Accessible.role: Accessible.StaticText
                    Accessible.name: text
                }
            }
            Label {
                visible: heading.problem.length > 0
                width: parent.width
                text: heading.problem
                color: Theme.color.critical
                font.pixelSize: Theme.font.small
                wrapMode: Text.Wrap
            }
        }
        Row {
            id: tools
            anchors.right: parent.right
            anchors.rightMargin: Theme.space.s
            y: Theme.space.s
            spacing: Theme.space.xs
            Button {
                objectName: "test-" + heading.title
                visible: heading.testable
                enabled: heading.writable && heading.testState !== SettingList.Testing
                text: qsTr("Test")
                ToolTip.text: qsTr("Asks this address for its models; nothing is applied")
                onClicked: heading.testRequested()
            }
            Button {
                objectName: "remove-" + heading.title
                visible: !heading.isRemoved
                enabled: heading.writable && heading.removable
                text: qsTr("Remove")
                ToolTip.text: heading.removable ? qsTr("Remove %1 once the changes are applied").arg(heading.title) : qsTr("The last backend stays: change it instead")
                onClicked: heading.removeRequested()
            }
            Button {
                objectName: "keep-" + heading.title
                visible: heading.isRemoved
                enabled: heading.writable
                text: qsTr("Keep")
                onClicked: heading.restoreRequested()
            }
        }
    }
}
