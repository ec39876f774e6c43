"""What only asks for another time never ends a subscription, whatever code stands before it, in any language."""

from __future__ import annotations

from email.header import Header

import pytest

from newsletter.feedback.reading import Kind, read_message
from newsletter.feedback.verdict import Verdict, judge

#: `code of the report|the server's words`
NOT_FOR_GOOD = """\
5.1.1|550 5.1.1 <a@b.example> - 198.51.100.2 has sent to too many recipients this hour
5.1.1|550 5.1.1 recipient mailbox is over its quota
5.1.1|550 5.1.1 User a@b.example has exceeded the number of messages allowed per hour
5.1.1|550 5.1.1 Too many messages per hour for this user
5.1.1|550-5.1.1 sending rate too high, slow down
5.1.1|550 5.1.1 this person receives mail at a rate that is too high
5.1.1|550 5.1.1 account temporarily unavailable
5.1.1|550 5.1.1 Mailbox temporarily disabled
5.1.1|451 4.7.1 Greylisted, try again
5.1.1|450 4.2.0 <a@b.example>: Recipient address rejected: Greylisted
|450 <a@b.example>: Recipient address rejected: unverified address: Address verification in progress
5.1.1|550 5.1.1 unverified address: connect to mx.b.example: Connection timed out
5.1.1|<a@b.example>: Recipient address rejected: unverified address: host mx said 451 try later
|550 Sender verify failed (in reply to RCPT TO command)
5.2.1|550 5.2.1 mailbox disabled, not accepting messages
|550 5.7.1 User unknown or your IP is blocked
|550 Boîte aux lettres pleine
5.1.1|550 5.1.1 La boîte de réception du destinataire est pleine
|550 Le quota du destinataire est dépassé
|552 El buzón del usuario está lleno
|552 Postfach ist voll
5.0.0|Mailbox des Empfängers ist voll, unbekannt wann
|550 casella piena
|554 mailbox has no space left
|user over quota
|550 5.2.2 user unknown: over quota
|452 4.2.2 user's mailbox not found or full
|Mailbox is unavailable (busy)
|450 Requested mail action not taken: mailbox unavailable
|450 4.1.1 <a@b.example>: unknown user, try again later
4.1.1|4.1.1 user unknown
|550 4.2.1 mailbox temporarily disabled
|550 User suspended
|550 5.1.1 This account has been suspended
|550 Account inactive for 90 days
|550 account is locked
|550 user not local, relaying denied
|550 5.7.1 unable to relay for a@b.example
|451 unknown user lookup failure, try again
|451 4.3.0 Temporary lookup failure
|user lookup temporarily failed
|550 unknown: temporary local problem
|451 Could not verify recipient, try later
|550 recipient verification temporarily failed
|554 too many recipients for user
|450 too many invalid recipients, slow down
|421 Too many bad recipients
|550 Too many invalid recipients
|550 5.5.3 Too many unknown users, connection closed
|Host or domain name not found. Name service error for name=b.example type=MX: Host not found, try again
|Domain of sender address does not exist
|550 sender domain not found
|553 5.1.8 sender's domain does not exist
|550 unknown sender
|message held for moderation: user not on list
|550 You are not allowed to post to this list: address not found among members
|550 5.7.133 recipient not accepting mail from external senders: address not found
|delivery temporarily suspended: unknown mail transport error
|delivery temporarily suspended: host not found
|connect to mx.b.example: No route to host
|mail for b.example loops back to myself
|421 4.4.2 mailbox server connection lost: user account not available right now
|550 Recipient inbox full
|550 5.1.1 inbox is full
|550 5.1.1 user's disk quota exceeded
|550 no such file or directory: mailbox locked
|user unknown in virtual mailbox table (temporary failure)
|550 Benutzer hat sein Limit überschritten
|Speicherplatz des Empfängers erschöpft
|550 宛先のメールボックスが満杯です
|550 收件人邮箱已满
|550 받는 사람의 메일함 용량 초과
|550 Skrzynka odbiorcy jest pełna
|550 caixa postal cheia
|550 caixa de correio do destinatário está cheia
|550 De postbus van de ontvanger is vol
|550 brevlådan är full
|550 почтовый ящик переполнен
|550 user account has been temporarily deferred
|550 Unknown user due to LDAP server down, try again
|550 5.1.1 directory server unavailable, user unknown
|554 delivery error: dd Requested mail action aborted: user over the limit
|550 Requested action not taken: mailbox unavailable for policy reasons
|550 5.1.1 rejected due to spam content
|550 5.1.1 message rejected, poor reputation
|550 5.1.1 blocked using spamhaus
|550 5.1.0 Sender denied
|550 5.1.2 temporarily unable to resolve
|450 4.1.2 domain not found
|mailbox for a@b.example is full
|550 mailbox size limit exceeded
|The recipient's mailbox has reached its maximum
|554 5.2.0 mailbox exceeded allowed size
|550 storage allocation exceeded
|550 account on vacation hold
|550 5.1.1 resources temporarily unavailable
|550 dormant account
|550 user is over the rate limit
|550 5.1.1 Exceeded hourly limit
|550 5.1.1 you have exceeded your daily sending quota
|550 5.1.1 max messages per connection
|550 5.1.1 maximum number of recipients exceeded
|550 5.1.1 slow down
|550 5.1.1 deferred: come back in 5 minutes
|550 5.1.1 service not available, closing channel
|550 5.1.1 no longer accepting mail from your network
""".splitlines()
FOR_GOOD = """\
5.1.1|550 5.1.1 user unknown
|550 no such user here
|550 5.1.1 The e-mail account that you wrote to does not exist
|550 Requested action not taken: mailbox unavailable
|554 delivery error: dd This user doesn't have a yahoo.example account
5.1.10|550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup
|550 <a@b.example>: Recipient address rejected: User unknown in virtual mailbox table
|550 utilisateur inconnu
|550 adresse inexistante
|550 el usuario no existe
|550 Empfänger unbekannt
|550 Benutzer unbekannt
|550 utente sconosciuto
|550 usuário desconhecido
|550 onbekende gebruiker
|550 użytkownik nieznany
|550 пользователь не найден
|550 존재하지 않는 사용자
|550 該当ユーザーが存在しません
5.1.2|Host or domain name not found. Name service error for name=b.example type=A: Host not found
|Domain b.example does not exist
|550 invalid mailbox
|550 account has been closed
|550 5.1.6 recipient no longer on server
|550 ce compte n'existe plus
|550 le destinataire n'existe pas
""".splitlines()
ABSENCES = """\
Absence : Infolettre de décembre
Je suis absent du bureau
Absente jusqu'au 5 janvier
Réponse automatique : Infolettre
[Réponse auto] Infolettre
Accusé de réception : Infolettre
Accusé de lecture : Infolettre
Hors bureau
Congé de maternité
En congé parental Re: Infolettre
De retour le 12 janvier
Abwesenheitsnotiz: Infolettre
Automatische Antwort: Infolettre
Ich bin nicht im Büro
Urlaub bis 12.1.
Nicht im Haus
Eingangsbestätigung
Respuesta automática: Infolettre
Fuera de la oficina
Estoy de vacaciones
Ausente de la oficina
Confirmación de recepción
自動返信: お問い合わせありがとうございます
不在通知
自動応答メール
休暇中です
受付完了のお知らせ
Automatisch antwoord: Infolettre
Afwezigheidsbericht
Ik ben op vakantie
Risposta automatica: Infolettre
Assente dall'ufficio
Sono in ferie
Resposta automática: Infolettre
Ausência temporária
Estou de férias
Automatyczna odpowiedź: Infolettre
Nieobecność
Автоматический ответ: Infolettre
Я в отпуске
自动答复: 会议
自动回复
自動回覆
자동 회신: 안내
부재중
Autosvar: Infolettre
Frånvarande
Fravær
Poissa toimistolta
Automaattinen vastaus
Otomatik Yanıt
Ofis dışında
תשובה אוטומטית
رد تلقائي
Out of Office: Infolettre
Automatic reply: Infolettre
I'm away
Gone fishing
On parental leave until June
Currently out
Away until Monday
Auto Response
Autoreply
We have received your message
Thanks for contacting us
Read: Infolettre
Lu : Infolettre
Lida: Infolettre
Gelesen: Infolettre
Leído: Infolettre
開封済み: Infolettre
""".splitlines()
BODY = "Je ne lirai pas votre message à marie@exemple.org avant le 5; delivery to me failed until then."


@pytest.mark.parametrize("line", NOT_FOR_GOOD)
def test_trust_72_who_is_to_be_asked_again_stays(line: str) -> None:
    status, _, said = line.partition("|")
    assert judge(text=said, status=status).verdict is not Verdict.HARD


@pytest.mark.parametrize("line", FOR_GOOD)
def test_trust_72_who_does_not_exist_is_gone_in_any_language(line: str) -> None:
    status, _, said = line.partition("|")
    assert judge(text=said, status=status).verdict is Verdict.HARD


@pytest.mark.parametrize("mark", ["", "Auto-Submitted: auto-replied\n", "X-Autoreply: yes\n"])
@pytest.mark.parametrize("subject", ABSENCES)
def test_trust_71_who_is_away_is_no_bounce(subject: str, mark: str) -> None:
    written = Header(subject, "utf-8").encode()
    sender = "Postmaster <postmaster@exemple.org>" if mark else "Marie <marie@exemple.org>"
    head = f"From: {sender}\nSubject: {written}\n{mark}Content-Type: text/plain; charset=utf-8\n\n"
    assert read_message((head + BODY).encode()).kind is Kind.AUTOREPLY


@pytest.mark.parametrize("subject", ["Votre message est en attente", "No longer with the company", "Nouvelle adresse"])
def test_what_a_person_writes_is_no_report(subject: str) -> None:
    written = Header(subject, "utf-8").encode()
    mail = f"From: Marie <marie@exemple.org>\nSubject: {written}\n\n{BODY}"
    assert read_message(mail.encode()).kind is Kind.NONE
