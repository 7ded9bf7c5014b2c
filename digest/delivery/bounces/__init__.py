"""Mail that comes back: reports of failure, complaints, automatic answers. All of it is pure: bytes in, what they say out.

reading     which of these a mail is
reports     what is made for machines (RFC 3464)
complaints  what readers called spam (RFC 5965)
prose       what is made for people, by its words (`phrases`) and their places
notifications  Amazon's notices of both
automatic   answers that machines give for people (RFC 3834)
causes      why, by a server's code and words
addresses   whom, however it is written
traces      what may prove whose letter it was
mime        the parts of a mail, in bounded time
scoring     when enough has come back
"""
